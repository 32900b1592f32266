import { Button } from '@mantine/core'
import { useCallback, useEffect, useState } from 'react'
import { ApiProblem } from '#client'
import { Digest, Facts, grouped, PageHead, ProblemNote, Skeleton, Status, Time, useAnswer, useApi } from '#console'
import type { Comparison } from './seen.ts'

/** Whether the past is what it was when this browser last looked, and what is signed now. */
export function Page() {
  const { comparison, problem, compare } = useComparison()
  const status = useAnswer('GET /v1/ledger/status', {}, { kinds: ['record'] })
  return (
    <>
      <PageHead
        title="Checkpoints"
        about="A checkpoint is signed: at this size, the log has this root. A log can only grow; this browser remembers and checks it."
        actions={
          <Button size="xs" onClick={() => void compare()}>
            Check again
          </Button>
        }
      />
      {comparison?.result === 'changed' && (
        <div className="alarm" role="alert">
          <h2>The past was changed</h2>
          <p>
            On <Time at={comparison.before.at} exact /> this browser saw {grouped(comparison.before.size)} records under
            the root <Digest value={comparison.before.root} label="root" />. What the server shows now does not begin
            with them: {comparison.why}.
          </p>
          <p>
            Do not rely on this ledger. Keep what you see, tell security, and compare with an evidence pack or a
            witness. If this is another installation on the same address, clear the data of this site in your browser.
          </p>
        </div>
      )}
      {problem !== undefined && <ProblemNote problem={problem} retry={() => void compare()} />}
      <div className="cards">
        <section className="card half" aria-label="Consistency">
          <h2>Since this browser last looked</h2>
          {comparison === undefined ? <Skeleton height={120} /> : <Compared comparison={comparison} />}
        </section>
        <section className="card half" aria-label="Now">
          <h2>Signed now</h2>
          {status.data === undefined ? (
            <Skeleton height={120} />
          ) : (
            <Facts
              facts={[
                [
                  'Log',
                  <span key="origin" className="mono">
                    {status.data.origin}
                  </span>,
                ],
                ['Records', grouped(status.data.published)],
                ['Root', <Digest key="root" value={status.data.root} keep={16} label="root" />],
                ['Signed', status.data.publishedAt === null ? 'never' : <Time key="at" at={status.data.publishedAt} />],
                ['Key', <Digest key="vkey" value={status.data.vkey} keep={40} label="verifier key" />],
                [
                  'Checkpoint',
                  <a key="note" href="/log/checkpoint">
                    the signed note
                  </a>,
                ],
              ]}
            />
          )}
        </section>
        <section className="card" aria-label="Without this page">
          <h2>Without this page</h2>
          <p className="quiet">
            A page cannot vouch for the server that it came from. Any client of the C2SP tlog-tiles format can follow{' '}
            <span className="mono">/log</span>, and <code>countersign ledger verify</code> derives the whole tree again.
          </p>
        </section>
      </div>
    </>
  )
}

function Compared({ comparison }: { readonly comparison: Comparison }) {
  if (comparison.result === 'changed') return <Status status="fail" word="does not agree with what was seen" />
  const { result, now, before, proof } = comparison
  return (
    <div className="stack">
      <Status
        status="pass"
        word={
          result === 'first'
            ? 'first seen now, and remembered'
            : result === 'same'
              ? 'the same as it was'
              : 'grown, with the same past'
        }
      />
      <Facts
        facts={[
          [
            'Seen before',
            before === undefined ? (
              'never by this browser'
            ) : (
              <span key="before">
                {grouped(before.size)} records, <Time at={before.at} />
              </span>
            ),
          ],
          ['Seen now', `${grouped(now.size)} records`],
          ...(before === undefined
            ? []
            : ([
                [
                  'Proof',
                  result === 'same' ? 'the same size and root' : `${proof.length} hashes, checked here (RFC 9162)`,
                ],
              ] as const)),
        ]}
      />
    </div>
  )
}

function useComparison() {
  const api = useApi()
  const [comparison, setComparison] = useState<Comparison>()
  const [problem, setProblem] = useState<ApiProblem>()
  const compare = useCallback(async () => {
    setProblem(undefined)
    try {
      const { compareWithSeen } = await import('./seen.ts')
      const asked = {
        checkpoint: () => api.text('GET /log/checkpoint', {}),
        status: () => api.call('GET /v1/ledger/status', {}),
        consistency: async (from: number, to: number) =>
          (await api.call('GET /v1/ledger/consistency', { query: { from: String(from), to: String(to) } })).proof,
      }
      setComparison(await compareWithSeen(asked, localStorage))
    } catch (error) {
      setProblem(
        error instanceof ApiProblem
          ? error
          : new ApiProblem({
              code: 'checkpoint_wrong',
              status: 0,
              detail: error instanceof Error ? error.message : 'the checkpoint cannot be read',
              hint: 'run `countersign ledger verify` on the machine of the server',
            }),
      )
    }
  }, [api])
  useEffect(() => void compare(), [compare])
  return { comparison, problem, compare }
}
