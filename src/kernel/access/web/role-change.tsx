import {
  A,
  Decide,
  Digest,
  Facts,
  NamedPerson,
  oneLine,
  PageHead,
  ProblemNote,
  type Reply,
  Skeleton,
  Time,
  useAct,
  useAnswer,
  useParam,
} from '#console'
import { ChangeState, titleOf } from './role-changes.tsx'
import { RoleEffects } from './role-effects.tsx'
import { roleWords } from './role-words.ts'

type Change = Reply<'GET /v1/role-changes/{id}'>

/** One change of roles: what it says, what it would do, and the decision of another person. */
export function Page() {
  const id = useParam('id')
  const found = useAnswer('GET /v1/role-changes/{id}', { params: { id } }, { kinds: ['roles'] })
  if (found.error !== null) return <ProblemNote problem={found.error} retry={() => void found.refetch()} />
  if (found.data === undefined) return <Skeleton height={360} />
  const change = found.data
  return (
    <>
      <PageHead
        title={titleOf(change)}
        about={oneLine(change.reason)}
        actions={
          <>
            <A to="/people/role-changes">all changes</A>
            <A to="/ledger" query={{ target: `role-change:${change.id}` }}>
              records
            </A>
          </>
        }
      />
      <div className="cards">
        <section className="card half" aria-label="The change">
          <Facts
            facts={[
              ['State', <ChangeState key="state" state={change.state} />],
              ['Proposed', <Time key="at" at={change.proposedAt} />],
              ['By', <NamedPerson key="by" id={change.proposer} names={change.names} />],
              ...(change.decidedBy === null
                ? []
                : [
                    ['Decided by', <NamedPerson key="who" id={change.decidedBy} names={change.names} />] as const,
                    ['Decided', <Time key="when" at={change.decidedAt ?? change.proposedAt} />] as const,
                  ]),
              ['Digest', <Digest key="digest" value={change.digest} label="digest" />],
            ]}
          />
        </section>
        <section className="card half stack" aria-label="Items">
          <h2>What it says</h2>
          <ul className="list">
            {change.add.map((one) => (
              <li key={JSON.stringify(one)}>
                <p>
                  <b>Gives</b> {say(one, change.names)}
                </p>
              </li>
            ))}
            {change.remove.map((one) => (
              <li key={JSON.stringify(one)}>
                <p>
                  <b>Takes</b> {say(one, change.names)}
                </p>
              </li>
            ))}
          </ul>
        </section>
        {change.effects !== null && (
          <section className="card stack">
            <h2>What it would do now</h2>
            <RoleEffects effects={change.effects} />
          </section>
        )}
        {change.state === 'proposed' && <Decision change={change} />}
      </div>
    </>
  )
}

function say(item: Change['add'][number], names: Change['names']) {
  const who =
    item.kind === 'mapping' ? (
      <A to={`/people/groups/${item.groupId}`}>everybody in {oneLine(names[item.groupId] ?? item.groupId)}</A>
    ) : (
      <A to={`/people/users/${item.userId}`}>{oneLine(names[item.userId] ?? item.userId)}</A>
    )
  return (
    <>
      {roleWords(item.role)}{' '}
      {item.teamId === null || item.teamId === undefined
        ? 'in the whole organisation'
        : `in ${oneLine(names[item.teamId] ?? item.teamId)}`}
      : {who}
    </>
  )
}

function Decision({ change: { id, digest } }: { readonly change: Change }) {
  const decide = useAct('POST /v1/role-changes/{id}/decision', ['roles'])
  const withdraw = useAct('DELETE /v1/role-changes/{id}', ['roles'])
  return (
    <Decide
      about="Another person than the one who proposed it, and than those who would gain by it. Your passkey signs exactly this change; the assertion is kept in the ledger, and anyone can check it."
      subject={{ type: 'role-change', id, digest }}
      send={(decision, assertion) => decide.mutateAsync({ params: { id }, body: { decision, digest, assertion } })}
      withdraw={{
        text: 'I proposed it: withdraw',
        act: () => withdraw.mutate({ params: { id } }),
        ...{ isPending: withdraw.isPending, error: withdraw.error },
      }}
    />
  )
}
