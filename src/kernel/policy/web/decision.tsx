import { Button } from '@mantine/core'
import { useState } from 'react'
import { ApiProblem } from '#client'
import {
  A,
  counted,
  Digest,
  Facts,
  oneLine,
  PageHead,
  ProblemNote,
  Rules,
  SideScroll,
  Skeleton,
  Status,
  Time,
  useAnswer,
  useApi,
  useParam,
} from '#console'
import { Replay } from './replay.tsx'
import { Result } from './result.tsx'
import { Target } from './target.tsx'

type Decision = NonNullable<ReturnType<typeof useAnswer<'GET /v1/decisions/{id}'>>['data']>

/** One answer of a gate: what the rules said, who had the last word, and whether it comes out the same again. */
export function Page() {
  const id = useParam('id')
  const found = useAnswer('GET /v1/decisions/{id}', { params: { id } })
  if (found.error !== null) return <ProblemNote problem={found.error} retry={() => void found.refetch()} />
  if (found.data === undefined) return <Skeleton height={480} />
  const decision = found.data
  const isAllowed = decision.decision === 'allow'
  return (
    <>
      <PageHead
        title={`${decision.gate === 'merge' ? 'Merge' : 'Deploy'} gate: ${isAllowed ? 'allowed' : 'denied'}`}
        about={
          <>
            {decision.title !== null && <b>{oneLine(decision.title)}. </b>}
            Decided <Time at={decision.decidedAt} />, {counted(decision.rules.length, 'rule')} asked
          </>
        }
        actions={
          <>
            <A to={`/ledger/records/${decision.recordId}`}>its record and proof</A>
            <a href={`/v1/decisions/${decision.id}`}>as JSON</a>
          </>
        }
      />
      <div className="cards">
        <About decision={decision} />
        <LastWord decision={decision} />
        <section className="card" aria-label="Rules">
          <h2>What the rules said</h2>
          <Rules rules={decision.rules} />
        </section>
        <FactsOf id={decision.id} />
      </div>
    </>
  )
}

function About({ decision }: { readonly decision: Decision }) {
  return (
    <section className="card half stack" aria-label="About">
      <Facts
        facts={[
          ['Result', <Result key="result" {...decision} />],
          [
            'About',
            <span key="targets" className="stack">
              {decision.targets.map((one) => (
                <Target key={one} target={one} />
              ))}
            </span>,
          ],
          ['Id', <Digest key="id" value={decision.id} keep={30} label="id" />],
          ['Policy revision', <Digest key="policy" value={decision.policyRevision} keep={16} label="revision" />],
          ['Facts', <Digest key="facts" value={decision.factsDigest} keep={16} label="digest of the facts" />],
          ['Verdict', <Digest key="verdict" value={decision.verdictDigest} keep={16} label="digest of the verdict" />],
        ]}
      />
      <Replay id={decision.id} />
      <p className="small quiet">
        A replay asks the recorded policies about the recorded facts again, and compares the bytes of the answer.
      </p>
    </section>
  )
}

function LastWord({ decision }: { readonly decision: Decision }) {
  const { authorization } = decision
  return (
    <section className="card half" aria-label="Determining policies">
      <h2>Who had the last word</h2>
      {authorization.determining.length === 0 && (
        <p className="quiet">No policy permits it, and what nothing permits is denied.</p>
      )}
      <ul className="list">
        {authorization.determining.map((one) => (
          <li key={one.id}>
            <div className="spread">
              <Status status={one.effect === 'permit' ? 'pass' : 'fail'} word={one.effect} />
              <span className="mono small">{oneLine(one.id)}</span>
            </div>
            <p className="small wrap">{oneLine(one.reason)}</p>
          </li>
        ))}
      </ul>
      {[...authorization.errors, ...decision.errors].map((one) => (
        <p key={one} className="small wrap">
          <Status status="error" /> {oneLine(one)}
        </p>
      ))}
    </section>
  )
}

/** What was known then: opened for who may, and the opening is recorded. */
function FactsOf({ id }: { readonly id: string }) {
  const api = useApi()
  const [facts, setFacts] = useState<string>()
  const [problem, setProblem] = useState<ApiProblem>()
  const open = async () => {
    setProblem(undefined)
    try {
      const text = await api.text('GET /v1/decisions/{id}/facts', { params: { id } })
      setFacts(JSON.stringify(JSON.parse(text), undefined, 2))
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      setProblem(error)
    }
  }
  return (
    <section className="card" aria-label="Facts">
      <div className="spread">
        <h2>What was known</h2>
        {facts === undefined && (
          <Button size="xs" variant="default" onClick={() => void open()}>
            Open the facts (recorded)
          </Button>
        )}
      </div>
      {problem !== undefined && <ProblemNote problem={problem} />}
      {facts === undefined ? (
        <p className="quiet">
          The facts may name people and are kept apart, encrypted. To open them takes the permission{' '}
          <code>decision:facts</code>.
        </p>
      ) : (
        <SideScroll label="The facts as JSON">
          <pre className="mono small">{facts.split('\n').map(oneLine).join('\n')}</pre>
        </SideScroll>
      )}
    </section>
  )
}
