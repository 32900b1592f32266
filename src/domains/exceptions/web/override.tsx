import {
  A,
  Decide,
  Digest,
  Facts,
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
import { OverrideState } from './overrides.tsx'

type Shown = Reply<'GET /v1/gates/merge/overrides/{id}'>

/** One override: what it would let through, and the decisions of two others. */
export function Page() {
  const id = useParam('id')
  const found = useAnswer('GET /v1/gates/merge/overrides/{id}', { params: { id } }, { kinds: ['override', 'approval'] })
  if (found.error !== null) return <ProblemNote problem={found.error} retry={() => void found.refetch()} />
  if (found.data === undefined) return <Skeleton height={360} />
  const one = found.data
  return (
    <>
      <PageHead
        title={`Override for ${one.commit.slice(0, 12)}`}
        about={oneLine(one.reason)}
        actions={
          <>
            <A to="/policy/overrides">all overrides</A>
            <A to="/ledger" query={{ target: `override:${one.id}` }}>
              records
            </A>
          </>
        }
      />
      <div className="cards">
        <section className="card half" aria-label="The override">
          <About one={one} />
        </section>
        <section className="card half stack" aria-label="What it lets through">
          <h2>What it lets through, once</h2>
          <ul className="list">
            {one.rules.map((rule) => (
              <li key={rule}>
                <A to={`/policy/packs/${rule}`} className="mono">
                  {rule}
                </A>
              </li>
            ))}
          </ul>
        </section>
        {one.state === 'asked' && <Decision one={one} />}
      </div>
    </>
  )
}

function About({ one }: { readonly one: Shown }) {
  const { decisionId, requester, approvers, usedAt, usedDecisionId } = one
  return (
    <Facts
      facts={[
        ['State', <OverrideState key="state" state={one.state} />],
        ['Commit', <Digest key="commit" value={one.commit} label="commit" />],
        [
          'Denied by',
          <A key="decision" to={`/policy/decisions/${decisionId}`} className="mono">
            {decisionId}
          </A>,
        ],
        ['Asked for by', <Person key="by" id={requester} />],
        ['Asked for', <Time key="at" at={one.askedAt} />],
        ...approvers.map((id, at) => [`Approved by (${at + 1} of 2)`, <Person key={id} id={id} />] as const),
        ['Ends', <Time key="ends" at={one.expiresAt} />],
        ...(usedAt === null ? [] : [['Used', <Time key="used" at={usedAt} />] as const]),
        ...(usedDecisionId === null
          ? []
          : [
              [
                'Let through',
                <A key="through" to={`/policy/decisions/${usedDecisionId}`} className="mono">
                  {usedDecisionId}
                </A>,
              ] as const,
            ]),
        ['Digest', <Digest key="digest" value={one.digest} label="digest" />],
      ]}
    />
  )
}

function Person({ id }: { readonly id: string }) {
  return (
    <A to={`/people/users/${id}`} className="mono">
      {id}
    </A>
  )
}

function Decision({ one: { id, digest } }: { readonly one: Shown }) {
  const decide = useAct('POST /v1/gates/merge/overrides/{id}/decision', ['override'])
  return (
    <Decide
      about="Two people besides the one who asked for it, and none of those who wrote the change; one of security, or a tech lead of the team. Your passkey signs exactly this override; one rejection is enough."
      subject={{ type: 'gate-override', id, digest }}
      send={(decision, assertion) => decide.mutateAsync({ params: { id }, body: { decision, digest, assertion } })}
    />
  )
}
