import { Button } from '@mantine/core'
import { useState } from 'react'
import { ApiProblem } from '#client'
import {
  A,
  Digest,
  Facts,
  oneLine,
  PageHead,
  ProblemNote,
  Skeleton,
  Status,
  Time,
  useAnswer,
  useApi,
  useParam,
} from '#console'
import { Opened } from './opened.tsx'
import type { Step } from './prove.ts'

/** One record, with its commitments and its proof. */
export function Page() {
  const id = useParam('id')
  const found = useAnswer('GET /v1/ledger/records/{id}', { params: { id } })
  if (found.error !== null) return <ProblemNote problem={found.error} retry={() => void found.refetch()} />
  if (found.data === undefined) return <Skeleton height={420} />
  const { index, record, signatures } = found.data
  return (
    <>
      <PageHead
        title={record.type}
        about={
          <>
            Record {index} of the ledger, <Time at={record.at} />
          </>
        }
        actions={
          <>
            <a href={`/v1/ledger/records/${id}`}>as JSON</a>
            <a href={`/v1/ledger/records/${id}/proof`} download={`${id}.tlog-proof`}>
              proof file
            </a>
          </>
        }
      />
      <div className="cards">
        <section className="card two-thirds" aria-label="The record">
          <RecordFacts record={record} />
        </section>
        <section className="card third" aria-label="Signatures">
          <h2>Signed</h2>
          <Facts
            facts={signatures.map((one) => [
              `key ${one.kid}`,
              <Digest key={one.kid} value={one.sig} label="signature" />,
            ])}
          />
        </section>
        <Proof id={id} record={record} signatures={signatures} />
        <Opened id={id} record={record} />
        <section className="card" aria-label="As it stands in the log">
          <details>
            <summary>The record as it stands in the log</summary>
            <pre className="mono small scroll-x">{JSON.stringify(record, undefined, 2)}</pre>
          </details>
        </section>
      </div>
    </>
  )
}

type Answer = NonNullable<ReturnType<typeof useAnswer<'GET /v1/ledger/records/{id}'>>['data']>

const required = ['tool', 'inputHash', 'outputHash', 'review', 'scans', 'compliance', 'justification'] as const

function RecordFacts({ record }: { readonly record: Answer['record'] }) {
  const na = record.na as Readonly<Record<string, string>>
  return (
    <Facts
      facts={[
        ['Id', <Digest key="id" value={record.id} keep={36} label="id" />],
        ['Recorded', <Time key="at" at={record.at} exact />],
        [
          'Actor',
          <span key="actor">
            <A to="/ledger" query={{ actor: record.actor.id }}>
              <span className="mono">{record.actor.id}</span>
            </A>{' '}
            <span className="quiet">
              {record.actor.kind}, {record.actor.role}
            </span>
          </span>,
        ],
        ['Operation', record.operation],
        ...record.targets.map(({ type, id }): [string, React.ReactNode] => [
          `Target: ${type}`,
          <Target key={id} type={type} id={id} />,
        ]),
        ...required.map((name): [string, React.ReactNode] => [
          label(name),
          <Value key={name} value={record[name]} reason={na[name]} />,
        ]),
        ...Object.entries(record.data as Record<string, unknown>).map(([name, value]): [string, React.ReactNode] => [
          `data.${name}`,
          <Value key={name} value={value} reason={undefined} />,
        ]),
        [
          'Refers to',
          record.refs.length === 0 ? (
            <span key="none" className="quiet">
              no other record
            </span>
          ) : (
            record.refs.map((ref) => (
              <A key={ref} to={`/ledger/records/${ref}`}>
                {ref}
              </A>
            ))
          ),
        ],
        [
          'Same action',
          <A key="correlation" to="/ledger" query={{ q: record.correlationId }}>
            <span className="mono small">{record.correlationId}</span>
          </A>,
        ],
      ]}
    />
  )
}

function Target({ type, id }: { readonly type: string; readonly id: string }) {
  const page = {
    change: `/changes/${id}`,
    repository: `/changes?repositoryId=${id}`,
    decision: `/policy/decisions/${id}`,
    evidence: `/assurance/evidence/${id}`,
  }[type]
  const [to = '', search = ''] = (page ?? '').split('?')
  return (
    <span>
      {page === undefined ? (
        <span className="mono">{id}</span>
      ) : (
        <A to={to} query={Object.fromEntries(new URLSearchParams(search))}>
          {id}
        </A>
      )}{' '}
      <span className="small">
        <A to="/ledger" query={{ target: `${type}:${id}` }}>
          its records
        </A>
      </span>
    </span>
  )
}

function Value({ value, reason }: { readonly value: unknown; readonly reason: string | undefined }) {
  if (value === null || value === undefined)
    return <span className="quiet">{reason === undefined ? 'none' : reason.replaceAll('_', ' ')}</span>
  if (typeof value === 'string' && /^(hmac-)?sha256:/.test(value))
    return (
      <span>
        {value.startsWith('hmac-') && <span className="tag">commitment</span>} <Digest value={value} />
      </span>
    )
  if (typeof value === 'object') return <code className="small">{oneLine(JSON.stringify(value))}</code>
  return <span className="mono small">{oneLine(String(value))}</span>
}

function label(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1).replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

/** The inclusion proof, checked in this browser step by step. */
function Proof({
  id,
  record,
  signatures,
}: {
  readonly id: string
  readonly record: unknown
  readonly signatures: unknown
}) {
  const api = useApi()
  const [steps, setSteps] = useState<readonly Step[]>()
  const [problem, setProblem] = useState<ApiProblem>()
  const check = async () => {
    setSteps([])
    setProblem(undefined)
    try {
      const [proofFile, status, keys, { prove }] = await Promise.all([
        api.text('GET /v1/ledger/records/{id}/proof', { params: { id } }),
        api.call('GET /v1/ledger/status', {}),
        api.call('GET /v1/keys', {}),
        import('./prove.ts'),
      ])
      const recordKeys = keys.keys.filter((one) => one.use === 'records').map((one) => one.publicKey)
      for await (const step of prove({
        record,
        signatures,
        proofFile,
        recordKeys,
        origin: status.origin,
        vkey: status.vkey,
      }))
        setSteps((before = []) => [...before, step])
    } catch (error) {
      setProblem(
        error instanceof ApiProblem
          ? error
          : new ApiProblem({
              code: 'proof_unreadable',
              status: 0,
              detail: 'the proof could not be read',
              hint: 'get the proof file and check it with another tool',
            }),
      )
    }
  }
  const isBroken = steps?.some((one) => one.status === 'fail') === true
  return (
    <section className={isBroken ? 'alarm' : 'card'} aria-label="Proof">
      <div className="spread">
        <h2>{isBroken ? 'This record is not what was signed' : 'Proof'}</h2>
        <Button size="xs" onClick={() => void check()}>
          Check in this browser
        </Button>
      </div>
      {steps === undefined && (
        <p className="quiet">
          Nothing but this page and what the server gives is used: its bytes, its signature, its place in the log, the
          signed root.
        </p>
      )}
      {problem !== undefined && <ProblemNote problem={problem} />}
      <ol className="list" aria-live="polite">
        {(steps ?? []).map((one) => (
          <li key={one.title}>
            <div className="spread">
              <b>{one.title}</b>
              <Status status={one.status} />
            </div>
            <p className="quiet small">{one.detail}</p>
            {one.values.length > 0 && (
              <details open={one.values.length === 1}>
                <summary className="small">
                  {one.values.length === 1 ? one.values[0]?.[0] : `${one.values.length} hashes`}
                </summary>
                {one.values.map(([name, value]) => (
                  <div key={name + value} className="mono small wrap">
                    {one.values.length > 1 && <span className="quiet">{name} → </span>}
                    {value}
                  </div>
                ))}
              </details>
            )}
          </li>
        ))}
      </ol>
    </section>
  )
}
