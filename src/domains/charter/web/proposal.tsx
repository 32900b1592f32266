import {
  A,
  Answers,
  Decide,
  Digest,
  Facts,
  NamedPerson,
  oneLine,
  PageHead,
  ProblemNote,
  type Reply,
  Skeleton,
  Status,
  Time,
  useAct,
  useAnswer,
  useParam,
} from '#console'
import { type Clause, clauseKinds } from './clause-words.ts'
import './charter.css'

type Proposal = Reply<'GET /v1/charter/proposals/{id}'>

const stateWords = {
  proposed: ['unknown', 'waits for approval'],
  adopted: ['pass', 'adopted'],
  rejected: ['fail', 'rejected'],
  withdrawn: ['not_applicable', 'withdrawn'],
} as const

/** One proposed version: what it changes, who has answered, and one's own answer. */
export function Page() {
  const id = useParam('id')
  const found = useAnswer('GET /v1/charter/proposals/{id}', { params: { id } }, { kinds: ['charter', 'approval'] })
  if (found.error !== null) return <ProblemNote problem={found.error} retry={() => void found.refetch()} />
  if (found.data === undefined) return <Skeleton height={360} />
  const proposal = found.data
  const [status, word] = stateWords[proposal.state]
  return (
    <>
      <PageHead
        title={`A change of the ${oneLine(proposal.document.title)}`}
        about={oneLine(proposal.reason)}
        actions={
          <>
            <A to="/policy/charter">the charter in force</A>
            <A to="/ledger" query={{ target: `charter-version:${proposal.id}` }}>
              records
            </A>
          </>
        }
      />
      <div className="cards">
        <section className="card half" aria-label="The proposal">
          <Facts
            facts={[
              ['State', <Status key="state" status={status} word={word} />],
              ...(proposal.number === null ? [] : [['Version', String(proposal.number)] as const]),
              ['Proposed', <Time key="at" at={proposal.proposedAt} />],
              ['By', <NamedPerson key="by" id={proposal.proposer} names={proposal.names} />],
              ['Digest', <Digest key="digest" value={proposal.digest} label="digest" />],
            ]}
          />
        </section>
        <Approvals proposal={proposal} />
        {proposal.diff !== null && <Difference diff={proposal.diff} />}
        <Whole proposal={proposal} />
        {proposal.state === 'proposed' && <Decision proposal={proposal} />}
      </div>
    </>
  )
}

function Approvals({ proposal: { approvals, approvalsNeeded, names } }: { readonly proposal: Proposal }) {
  return (
    <Answers
      answers={approvals}
      needed={approvalsNeeded}
      names={names}
      more={({ recordId }) => <A to={`/ledger/records/${recordId}`}>record</A>}
    />
  )
}

function Difference({ diff }: { readonly diff: NonNullable<Proposal['diff']> }) {
  const { title, added, removed, changed, isReordered } = diff
  return (
    <section className="card charter-diff" aria-label="Difference">
      <h2>What it changes</h2>
      {title !== null && (
        <p>
          Title: <del>{oneLine(title.before)}</del> <ins>{oneLine(title.after)}</ins>
        </p>
      )}
      <ul className="list">
        {added.map((one) => (
          <li key={one.id}>
            <b>New clause</b> <ins>{said(one)}</ins>
          </li>
        ))}
        {removed.map((one) => (
          <li key={one.id}>
            <b>Without the clause</b> <del>{said(one)}</del>
          </li>
        ))}
        {changed.map(({ before, after }) => (
          <li key={after.id}>
            <b>Changed</b>
            <p>
              <del>{said(before)}</del>
            </p>
            <p>
              <ins>{said(after)}</ins>
            </p>
          </li>
        ))}
      </ul>
      {isReordered && <p className="quiet">Clauses stand in another order.</p>}
    </section>
  )
}

/** All of a clause: what is approved is more than its text. */
function said({ id, kind, title, text, controls }: Clause): string {
  const word = clauseKinds.find(([one]) => one === kind)?.[2] ?? kind
  const serves = controls.length === 0 ? '' : ` (serves ${controls.join(', ')})`
  return oneLine(`${id}, ${word}: ${title}. ${text}${serves}`)
}

function Whole({ proposal }: { readonly proposal: Proposal }) {
  return (
    <section className="card" aria-label="Document">
      <details>
        <summary>The whole document</summary>
        <ul className="list">
          {proposal.document.clauses.map((one) => (
            <li key={one.id}>{said(one)}</li>
          ))}
        </ul>
      </details>
    </section>
  )
}

function Decision({ proposal: { id, digest } }: { readonly proposal: Proposal }) {
  const decide = useAct('POST /v1/charter/proposals/{id}/decision', ['charter'])
  const withdraw = useAct('DELETE /v1/charter/proposals/{id}', ['charter'])
  return (
    <Decide
      about="Two people approve it who have not proposed it. Your passkey signs exactly this document; the assertion is kept in the ledger, and anyone can check it."
      subject={{ type: 'charter-version', id, digest }}
      send={(decision, assertion) => decide.mutateAsync({ params: { id }, body: { decision, digest, assertion } })}
      withdraw={{
        text: 'I proposed it: withdraw',
        act: () => withdraw.mutate({ params: { id } }),
        ...{ isPending: withdraw.isPending, error: withdraw.error },
      }}
    />
  )
}
