import { Button } from '@mantine/core'
import { useState } from 'react'
import { ApiProblem } from '#client'
import { oneLine, ProblemNote, Status, useApi } from '#console'

interface Value {
  readonly pointer: string
  readonly value: string
  /** Whether it is what the record committed to, checked here. */
  readonly holds: boolean
}

/** The values behind the commitments of a record, for who may see them. */
export function Opened({ id, record }: { readonly id: string; readonly record: unknown }) {
  const api = useApi()
  const [values, setValues] = useState<readonly Value[]>()
  const [problem, setProblem] = useState<ApiProblem>()
  if (!JSON.stringify(record).includes('"hmac-sha256:')) return null
  const open = async () => {
    setProblem(undefined)
    try {
      const [{ opened: found }, logic] = await Promise.all([
        api.call('GET /v1/ledger/records/{id}/values', { params: { id } }),
        import('./proof-logic.js'),
      ])
      setValues(
        found.map(({ pointer, field, salt, encoding, value }) => {
          const bytes = logic.fromBase64(salt) ?? new Uint8Array(0)
          const content = encoding === 'utf-8' ? logic.utf8(value) : logic.fromBase64(value)
          const holds =
            content !== undefined && logic.verifyCommitment(String(atPointer(record, pointer)), bytes, field, content)
          return { pointer, value: encoding === 'utf-8' ? value : `${value} (base64)`, holds }
        }),
      )
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      setProblem(error)
    }
  }
  return (
    <section className="card" aria-label="Behind the commitments">
      <div className="spread">
        <h2>Behind the commitments</h2>
        <Button size="xs" variant="default" onClick={() => void open()}>
          Open them (recorded)
        </Button>
      </div>
      {problem !== undefined && <ProblemNote problem={problem} />}
      {values === undefined && (
        <p className="quiet">
          Names, titles and texts stand in the log as commitments. Their values are kept apart, encrypted, and can be
          erased.
        </p>
      )}
      {values?.length === 0 && <p>Nothing is left behind them: the values were erased.</p>}
      <dl className="facts">
        {(values ?? []).map(({ pointer, value, holds }) => (
          <div key={pointer} style={{ display: 'contents' }}>
            <dt className="mono small">{pointer}</dt>
            <dd>
              {oneLine(value)}{' '}
              <Status
                status={holds ? 'pass' : 'fail'}
                word={holds ? 'is what was committed to' : 'is something else'}
              />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function atPointer(value: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (at, part) => (at as Record<string, unknown> | undefined)?.[part.replaceAll('~1', '/').replaceAll('~0', '~')],
      value,
    )
}
