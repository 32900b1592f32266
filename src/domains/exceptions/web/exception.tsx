import { Button, Textarea } from '@mantine/core'
import { useState } from 'react'
import {
  A,
  counted,
  Decide,
  Digest,
  Facts,
  More,
  NamedPerson,
  oneLine,
  PageHead,
  ProblemNote,
  type Reply,
  Skeleton,
  Time,
  useAct,
  useAnswer,
  useList,
  useParam,
} from '#console'
import { askQuery, ExceptionState } from './exception-words.tsx'

type Shown = Reply<'GET /v1/exceptions/{id}'>

/** One exception: what was asked for, the decision of another person, and the decisions that it was used in. */
export function Page() {
  const id = useParam('id')
  const found = useAnswer('GET /v1/exceptions/{id}', { params: { id } }, { kinds: ['exception', 'decision'] })
  if (found.error !== null) return <ProblemNote problem={found.error} retry={() => void found.refetch()} />
  if (found.data === undefined) return <Skeleton height={360} />
  const one = found.data
  return (
    <>
      <PageHead
        title={`Exception from ${one.ruleId}`}
        about={oneLine(one.reason)}
        actions={
          <>
            <A to="/policy/exceptions">all exceptions</A>
            <A to="/ledger" query={{ target: `exception:${one.id}` }}>
              records
            </A>
          </>
        }
      />
      <div className="cards">
        <section className="card half" aria-label="The exception">
          <About one={one} />
        </section>
        <section className="card half stack" aria-label="What makes up for it">
          <h2>What makes up for it</h2>
          <ul className="list">
            {one.compensatingControls.map((control) => (
              <li key={JSON.stringify(control)}>
                {control.kind === 'described' ? (
                  <p className="wrap">{oneLine(control.text)}</p>
                ) : (
                  <p>
                    The rule{' '}
                    <A to={`/policy/packs/${control.ruleId}`} className="mono">
                      {control.ruleId}
                    </A>{' '}
                    passes; where it does not, nothing is excepted.
                  </p>
                )}
              </li>
            ))}
          </ul>
        </section>
        {one.state === 'asked' && <Decision one={one} />}
        {(one.state === 'asked' || one.state === 'approved') && <Revoke id={one.id} />}
        <Uses one={one} />
      </div>
    </>
  )
}

function About({ one }: { readonly one: Shown }) {
  const { ruleId, repositoryId, fingerprint, decidedBy, decidedAt, endedBy, endedAt, endReason, renews } = one
  const isRenewable = one.state === 'approved' || one.state === 'ended'
  return (
    <Facts
      facts={[
        ['State', <ExceptionState key="state" one={one} />],
        [
          'Rule',
          <A key="rule" to={`/policy/packs/${ruleId}`} className="mono">
            {ruleId}
          </A>,
        ],
        [
          'Of',
          <span key="of" className={fingerprint === null ? undefined : 'mono'}>
            {fingerprint === null ? 'the whole rule' : oneLine(fingerprint)}
          </span>,
        ],
        [
          'Repository',
          <A key="repository" to="/changes" query={{ repositoryId }}>
            its changes
          </A>,
        ],
        ['Asked for by', <NamedPerson key="by" id={one.requester} names={one.names} />],
        ['Asked for', <Time key="at" at={one.askedAt} />],
        ['Answers for it', <NamedPerson key="owner" id={one.ownerId} names={one.names} />],
        ['Ends', <Time key="ends" at={one.expiresAt} />],
        ...(decidedBy === null
          ? []
          : [['Decided by', <NamedPerson key="who" id={decidedBy} names={one.names} />] as const]),
        ...(decidedAt === null ? [] : [['Decided', <Time key="when" at={decidedAt} />] as const]),
        ...(endedBy === null
          ? []
          : [['Revoked by', <NamedPerson key="ended" id={endedBy} names={one.names} />] as const]),
        ...(endedAt === null ? [] : [['Over since', <Time key="over" at={endedAt} />] as const]),
        ...(endReason === null ? [] : [['Because', oneLine(endReason)] as const]),
        ...(renews === null
          ? []
          : [
              [
                'Renews',
                <A key="old" to={`/policy/exceptions/${renews}`} className="mono">
                  {renews}
                </A>,
              ] as const,
            ]),
        ['Digest', <Digest key="digest" value={one.digest} label="digest" />],
        ...(isRenewable
          ? [
              [
                'Needed longer',
                <A key="renew" to="/policy/exceptions" query={askQuery({ ...one, renews: one.id })}>
                  ask for its renewal
                </A>,
              ] as const,
            ]
          : []),
      ]}
    />
  )
}

function Decision({ one: { id, digest } }: { readonly one: Shown }) {
  const decide = useAct('POST /v1/exceptions/{id}/decision', ['exception'])
  return (
    <Decide
      about="Another person than the one who asked for it, and than the one who answers for it. Your passkey signs exactly this exception; the assertion is kept in the ledger, and anyone can check it."
      subject={{ type: 'exception', id, digest }}
      send={(decision, assertion) => decide.mutateAsync({ params: { id }, body: { decision, digest, assertion } })}
    />
  )
}

function Revoke({ id }: { readonly id: string }) {
  const revoke = useAct('POST /v1/exceptions/{id}/revocation', ['exception'])
  const [reason, setReason] = useState('')
  return (
    <section className="card stack" aria-label="Revocation">
      <h2>End it before its time</h2>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          revoke.mutate({ params: { id }, body: { reason } })
        }}
      >
        <Textarea
          label="Why it ends"
          description="Whoever answers for it, asked for it, or could have approved it; what it excepted is judged again"
          value={reason}
          maxLength={2000}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {revoke.error !== null && <ProblemNote problem={revoke.error} />}
        <p>
          <Button type="submit" size="xs" variant="default" disabled={reason.trim() === ''} loading={revoke.isPending}>
            Revoke
          </Button>
        </p>
      </form>
    </section>
  )
}

function Uses({ one }: { readonly one: Shown }) {
  const list = useList(
    'GET /v1/exceptions/{id}/uses',
    { params: { id: one.id }, query: { limit: 20 } },
    { kinds: ['decision', 'exception'] },
  )
  return (
    <section className="card stack" aria-label="Uses">
      <h2>{counted(one.uses, 'decision')} needed it</h2>
      {list.error !== null && <ProblemNote problem={list.error} retry={list.retry} />}
      {one.uses === 0 && <p className="quiet">It stood for its rule in no decision yet.</p>}
      <ul className="list small">
        {list.items.map((use) => (
          <li key={use.decisionId} className="spread">
            <A to={`/policy/decisions/${use.decisionId}`} className="mono">
              {use.decisionId}
            </A>
            <span className="row">
              {use.target.startsWith('change:') && <A to={`/changes/${use.target.slice(7)}`}>the change</A>}
              <Time at={use.usedAt} />
            </span>
          </li>
        ))}
      </ul>
      <More list={list} />
    </section>
  )
}
