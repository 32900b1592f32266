import type { ReactNode } from 'react'
import { A, Decide, Status, Time, useAct, useAnswer, useMay } from '#console'
import { lifeKinds, Person, type Version } from './words.tsx'

/** Two people who did not write it approve exactly this text, each with a passkey. */
export function Reviews({ one }: { readonly one: Version }) {
  const given = one.steps.filter(({ kind }) => kind === 'reviewed')
  const hindrance = useHindrance(one)
  return (
    <>
      <section className="card stack" aria-label="Reviews">
        <h2>Reviews</h2>
        {given.length === 0 && <p className="quiet">Nobody reviewed it yet. Two who did not write it have to.</p>}
        <ul className="list flat">
          {given.map((step) => (
            <li key={step.id} className="spread">
              <p>
                <Person names={one.names} id={step.by} />
                {!step.isCurrent && <span className="quiet small"> about another text</span>}
              </p>
              <span className="row">
                <Status
                  status={step.outcome === 'approve' ? 'pass' : 'fail'}
                  word={step.outcome === 'approve' ? 'approved' : 'rejected'}
                />
                <span className="quiet small">
                  <Time at={step.at} />
                </span>
              </span>
            </li>
          ))}
        </ul>
        {one.state === 'draft' && hindrance}
      </section>
      {one.state === 'draft' && hindrance === undefined && <Review one={one} />}
    </>
  )
}

/** Why whoever looks cannot review it; undefined where they can, null before that is known. */
function useHindrance({ id, authors, steps }: Version): ReactNode {
  const may = useMay()
  const me = useAnswer('GET /v1/session', {}).data?.userId
  if (id === null || me === undefined) return null
  if (authors.includes(me)) return <p className="small quiet">You wrote some of it; others review it.</p>
  if (!may('policy:review'))
    return (
      <p className="small quiet">
        Security, compliance officers, tech leads and senior developers review it.{' '}
        <A to="/people/roles">Who may what</A>
      </p>
    )
  if (steps.some(({ kind, by, isCurrent }) => kind === 'reviewed' && by === me && isCurrent))
    return <p className="small quiet">You reviewed this text.</p>
  return undefined
}

function Review({ one: { id, packId, version, digest } }: { readonly one: Version }) {
  const review = useAct('POST /v1/policy-packs/{id}/versions/{version}/reviews', lifeKinds)
  return (
    <Decide
      label="Your review"
      title="Review it"
      about="Your passkey signs exactly this text, by its digest; the assertion is kept in the ledger, and anyone can check it. A draft is approved once every step before is done, and can be rejected at any time."
      subject={id === null ? undefined : { type: 'policy-version', id, digest }}
      send={(decision, assertion) =>
        review.mutateAsync({ params: { id: packId, version }, body: { decision, digest, assertion } })
      }
    />
  )
}
