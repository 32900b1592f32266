import { Button, Modal } from '@mantine/core'
import { useState } from 'react'
import {
  A,
  Answers,
  Copy,
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
  useMay,
  useParam,
} from '#console'
import { AskRecovery } from './recovery-ask.tsx'
import { RecoveryState } from './recovery-words.tsx'

type Recovery = Reply<'GET /v1/people/{id}/recovery'>
type Half = NonNullable<Reply<'POST /v1/people/{id}/recovery/approvals'>['half']>

const kinds = ['recovery', 'approval'] as const

/** The newest recovery of one person: who has answered, one's own answer, and the half of the link that comes with it. */
export function Page() {
  const id = useParam('id')
  const may = useMay()
  const found = useAnswer('GET /v1/people/{id}/recovery', { params: { id } }, { kinds })
  const [half, setHalf] = useState<Half>()
  const recovery = found.data
  const isNone = found.error?.code === 'recovery_not_found'
  if (found.error !== null && !isNone) return <ProblemNote problem={found.error} retry={() => void found.refetch()} />
  if (recovery === undefined && !isNone) return <Skeleton height={360} />
  const name = recovery?.names[id]
  return (
    <>
      <PageHead
        title={name === undefined ? 'Lost passkeys of a person' : `Lost passkeys of ${oneLine(name)}`}
        about="Two others approve; then the person signs in once by a link, of which each of the two hands over half."
        actions={
          <>
            <A to="/people/recoveries">all recoveries</A>
            <A to={`/people/users/${id}`}>the person</A>
            {may('ledger:read') && (
              <A to="/ledger" query={{ target: `user:${id}` }}>
                records
              </A>
            )}
          </>
        }
      />
      <div className="cards">
        {recovery !== undefined && <About recovery={recovery} />}
        {recovery !== undefined && <Given recovery={recovery} />}
        {recovery?.state === 'open' ? (
          <Answer recovery={recovery} onHalf={setHalf} />
        ) : (
          <section className="card stack" aria-label="Ask">
            <h2>{recovery === undefined ? 'Nobody asked for it yet' : 'Needed again?'}</h2>
            <AskRecovery personId={id} />
          </section>
        )}
      </div>
      {half !== undefined && <HalfOfLink half={half} onClose={() => setHalf(undefined)} />}
    </>
  )
}

function About({ recovery }: { readonly recovery: Recovery }) {
  const { names, personId, openedBy } = recovery
  return (
    <section className="card half" aria-label="The recovery">
      <Facts
        facts={[
          ['State', <RecoveryState key="state" state={recovery.state} />],
          ['Of', <NamedPerson key="of" id={personId} names={names} />],
          ['Asked for by', <NamedPerson key="by" id={openedBy} names={names} />],
          ['Asked for', <Time key="at" at={recovery.openedAt} />],
          [recovery.state === 'open' ? 'Waits until' : 'Waited until', <Time key="ends" at={recovery.expiresAt} />],
          ['Digest', <Digest key="digest" value={recovery.digest} label="digest" />],
        ]}
      />
    </section>
  )
}

function Given({ recovery: { approvals, names, state } }: { readonly recovery: Recovery }) {
  return (
    <Answers answers={approvals} needed={2} names={names}>
      {state === 'approved' && (
        <p className="quiet small">
          Their passkeys, sessions, API tokens, keys of their agents and unused approvals have ended. Within an hour of
          the second approval they sign in with both halves of the link, and register a new passkey.
        </p>
      )}
    </Answers>
  )
}

interface AnswerProps {
  readonly recovery: Recovery
  readonly onHalf: (half: Half) => void
}

function Answer({ recovery: { id, personId, digest, approvals }, onHalf }: AnswerProps) {
  const answer = useAct('POST /v1/people/{id}/recovery/approvals', [...kinds, 'user', 'session', 'passkey'])
  const me = useAnswer('GET /v1/session', {}).data?.userId
  if (me === personId)
    return (
      <section className="card" aria-label="Decision">
        <p>This is about you: two other people decide it.</p>
      </section>
    )
  if (approvals.some((one) => one.userId === me && one.decision === 'approve'))
    return (
      <section className="card" aria-label="Decision">
        <p>You have approved it. It waits for another person; your half of the link is not shown again.</p>
      </section>
    )
  return (
    <Decide
      about={
        <>
          Be sure that it is the person who asks: call them, or meet them. Two people approve it who are not the person,
          and one rejection ends it. With the second approval all that let the person in ends: passkeys, sessions, API
          tokens, keys of their agents, and approvals that are not used. Your passkey signs exactly this recovery, and
          you get half of the link, shown once.
        </>
      }
      subject={{ type: 'recovery', id, digest }}
      send={async (decision, assertion) => {
        const { half } = await answer.mutateAsync({ params: { id: personId }, body: { decision, digest, assertion } })
        if (half !== null) onHalf(half)
      }}
    />
  )
}

function HalfOfLink({ half, onClose }: { readonly half: Half; readonly onClose: () => void }) {
  const isFirst = half.position === 'first'
  const text = isFirst ? `${window.location.origin}/sign-in?link=${half.text}` : half.text
  return (
    <Modal
      opened
      onClose={onClose}
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
      title={`The ${half.position} half of the link, shown this once`}
    >
      <div className="stack">
        <p className="row">
          <code className="wrap">{text}</code>
          <Copy value={text} label="half of the link" />
        </p>
        <p>
          {isFirst
            ? 'It is the beginning of an address, and worth nothing alone. Hand it to the person yourself; what the second person gets goes behind it, without a space.'
            : 'It goes behind what the first person got, without a space. Hand it to the person yourself: both together sign them in once, within an hour.'}
        </p>
        <p className="quiet small">
          {isFirst
            ? 'If it is lost, somebody else rejects this recovery, and it is asked for anew.'
            : 'If it is lost, the recovery is asked for anew.'}
        </p>
        <Button onClick={onClose}>I have kept it</Button>
      </div>
    </Modal>
  )
}
