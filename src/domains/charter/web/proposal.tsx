import { Button } from '@mantine/core'
import {
  A,
  Digest,
  Facts,
  oneLine,
  PageHead,
  ProblemNote,
  type Reply,
  Skeleton,
  Status,
  StepUpButtons,
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
              ['By', <Person key="by" proposal={proposal} id={proposal.proposer} />],
              ['Digest', <Digest key="digest" value={proposal.digest} label="digest" />],
            ]}
          />
        </section>
        <Approvals proposal={proposal} />
        {proposal.diff !== null && <Difference diff={proposal.diff} />}
        <Whole proposal={proposal} />
        {proposal.state === 'proposed' && <Decide proposal={proposal} />}
      </div>
    </>
  )
}

function Person({ proposal, id }: { readonly proposal: Proposal; readonly id: string }) {
  return <A to={`/people/users/${id}`}>{oneLine(proposal.names[id] ?? 'the owner of this installation')}</A>
}

function Approvals({ proposal }: { readonly proposal: Proposal }) {
  const { approvals, approvalsNeeded } = proposal
  const given = approvals.filter((one) => one.decision === 'approve').length
  return (
    <section className="card half" aria-label="Approvals">
      <h2>
        {given} of {approvalsNeeded} approvals
      </h2>
      <ul className="list">
        {approvals.map((one) => (
          <li key={one.recordId} className="spread">
            <span className="row">
              <Status
                status={one.decision === 'approve' ? 'pass' : 'fail'}
                word={one.decision === 'approve' ? 'approved by' : 'rejected by'}
              />
              <Person proposal={proposal} id={one.userId} />
            </span>
            <span className="quiet small">
              <Time at={one.at} /> <A to={`/ledger/records/${one.recordId}`}>record</A>
            </span>
          </li>
        ))}
      </ul>
    </section>
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

function Decide({ proposal }: { readonly proposal: Proposal }) {
  const decide = useAct('POST /v1/charter/proposals/{id}/decision', ['charter'])
  const withdraw = useAct('DELETE /v1/charter/proposals/{id}', ['charter'])
  const { id, digest } = proposal
  return (
    <section className="card stack" aria-label="Decision">
      <h2>Decide</h2>
      <p className="quiet small">
        Two people approve it who have not proposed it. Your passkey signs exactly this document; the assertion is kept
        in the ledger, and anyone can check it.
      </p>
      <StepUpButtons
        subject={{ type: 'charter-version', id, digest }}
        send={(decision, assertion) => decide.mutateAsync({ params: { id }, body: { decision, digest, assertion } })}
      />
      {withdraw.error !== null && <ProblemNote problem={withdraw.error} />}
      <p>
        <Button
          size="compact-xs"
          variant="subtle"
          loading={withdraw.isPending}
          onClick={() => withdraw.mutate({ params: { id } })}
        >
          I proposed it: withdraw
        </Button>
      </p>
    </section>
  )
}
