import { Button } from '@mantine/core'
import {
  A,
  counted,
  Digest,
  Facts,
  oneLine,
  PageHead,
  ProblemNote,
  type Reply,
  Skeleton,
  Status,
  Time,
  useAct,
  useAnswer,
} from '#console'
import { clauseKinds, type LiveClause } from './clause-words.ts'
import { Missing } from './missing.tsx'
import './charter.css'

type Charter = Reply<'GET /v1/charter'>

/** The charter in force: what it says, what enforces it, and how one stands to it. */
export function Page() {
  const found = useAnswer('GET /v1/charter', {}, { kinds: ['charter', 'decision'] })
  if (found.error !== null) return <ProblemNote problem={found.error} retry={() => void found.refetch()} />
  if (found.data === undefined) return <Skeleton height={480} />
  const charter = found.data
  return (
    <>
      <PageHead
        title={oneLine(charter.title)}
        about={
          <>
            Version {charter.number}, in force since <Time at={charter.adoptedAt} />. What the organisation promises
            about AI, and what proves each clause.
          </>
        }
        actions={
          <>
            <A to="/ledger" query={{ target: `charter:${charter.number}` }}>
              records
            </A>
            <A to="/policy/charter/propose">propose a change</A>
          </>
        }
      />
      <div className="cards">
        <Own charter={charter} />
        <Proposals />
        {clauseKinds.map(([kind, title]) => (
          <Clauses key={kind} title={title} clauses={charter.clauses.filter((one) => one.kind === kind)} />
        ))}
        <Missing version={charter.number} />
      </div>
    </>
  )
}

const standingWords = { acknowledged: 'acknowledged', grace: 'not yet acknowledged', overdue: 'overdue' } as const
const standingStatus = { acknowledged: 'pass', grace: 'unknown', overdue: 'fail' } as const

function Own({ charter }: { readonly charter: Charter }) {
  const acknowledge = useAct('POST /v1/charter/acknowledgement', ['charter'])
  const { acknowledgement, number, digest, graceDays } = charter
  return (
    <section className="card half stack" aria-label="You">
      <h2>You and this version</h2>
      {acknowledgement === null ? (
        <p>Only people acknowledge the charter.</p>
      ) : (
        <>
          <Facts
            facts={[
              [
                'State',
                <Status
                  key="state"
                  status={standingStatus[acknowledgement.state]}
                  word={standingWords[acknowledgement.state]}
                />,
              ],
              acknowledgement.acknowledgedAt === null
                ? ['Due', <Time key="due" at={acknowledgement.dueAt} />]
                : ['Since', <Time key="since" at={acknowledgement.acknowledgedAt} />],
              ['Time to do it', counted(graceDays, 'day')],
              ['Digest', <Digest key="digest" value={digest} label="digest" />],
            ]}
          />
          {acknowledge.error !== null && <ProblemNote problem={acknowledge.error} />}
          {acknowledgement.state !== 'acknowledged' && (
            <p>
              <Button loading={acknowledge.isPending} onClick={() => acknowledge.mutate({ body: { version: number } })}>
                I have read version {number}
              </Button>
            </p>
          )}
        </>
      )}
    </section>
  )
}

/** What is proposed now; nothing where nothing is. */
function Proposals() {
  const { data } = useAnswer('GET /v1/charter/proposals', { query: { limit: 5 } }, { kinds: ['charter'] })
  return (
    <section className="card half" aria-label="Proposals">
      <h2>Changes of it</h2>
      {data === undefined && <Skeleton height={40} />}
      {data?.items.length === 0 && <p className="quiet">Nobody has proposed another version.</p>}
      <ul className="list">
        {(data?.items ?? []).map((one) => (
          <li key={one.id} className="spread">
            <A to={`/policy/charter/proposals/${one.id}`}>{oneLine(one.document.title)}</A>
            <span className="quiet small">
              {one.state === 'proposed' ? 'waits for approval' : one.state},{' '}
              <Time at={one.decidedAt ?? one.proposedAt} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Clauses({ title, clauses }: { readonly title: string; readonly clauses: readonly LiveClause[] }) {
  if (clauses.length === 0) return null
  return (
    <section className="card flush" aria-label={title}>
      <div className="spread">
        <h2>{title}</h2>
      </div>
      <ul className="list">
        {clauses.map((one) => (
          <ClauseRow key={one.id} clause={one} />
        ))}
      </ul>
    </section>
  )
}

function ClauseRow({ clause }: { readonly clause: LiveClause }) {
  const { id, title, text, rules, controls, figures } = clause
  const all = [...new Set([...controls, ...rules.flatMap((one) => one.controls)])]
  return (
    <li id={id}>
      <h3>
        <span className="mono quiet">{id}</span> {oneLine(title)}
      </h3>
      <p>{oneLine(text)}</p>
      <p className="clause-links small">
        {rules.length === 0 ? (
          <span className="quiet">No rule of a gate enforces it.</span>
        ) : (
          rules.map((one) => (
            <A key={one.id} to={`/policy/packs/${one.id}`}>
              {oneLine(one.title)}
            </A>
          ))
        )}
        {all.map((one) => (
          <span key={one} className="tag">
            {one}
          </span>
        ))}
      </p>
      {rules.length > 0 && (
        <p className="clause-figures small quiet">
          <span>{counted(figures.decisions, 'change')} judged in 30 days</span>
          <span>{figures.denials} held back</span>
          <span>{counted(figures.violations, 'violation')}</span>
          {figures.lastDecisionAt !== null && (
            <span>
              last <Time at={figures.lastDecisionAt} />
            </span>
          )}
        </p>
      )}
    </li>
  )
}
