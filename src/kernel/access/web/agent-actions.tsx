import { Button, Modal, TextInput } from '@mantine/core'
import { useState } from 'react'
import { oneLine, ProblemNote, type Reply, useAct } from '#console'

interface ActionsProps {
  readonly agent: Reply<'GET /v1/agents/{id}'>
  readonly isSponsor: boolean
  /** Of whoever looks. */
  readonly ownId: string | undefined
}

/** What can be done with an agent: by its sponsor, by who is asked to take over, and by others in need. */
export function AgentActions({ agent, isSponsor, ownId }: ActionsProps) {
  const { id, state } = agent
  const change = useAct('PATCH /v1/agents/{id}', ['agent'])
  const [asked, setAsked] = useState<'end' | 'handover' | 'stop'>()
  const close = () => setAsked(undefined)
  const isAsked = agent.handover !== null && agent.handover.id === ownId
  return (
    <section className="card half stack" aria-label="What can be done">
      <h2>What can be done</h2>
      {isAsked && <Asked id={id} />}
      {state === 'retired' && <p className="quiet">It was ended for good; its records stay.</p>}
      {state !== 'retired' && (
        <div className="row">
          {isSponsor && (state === 'active' || agent.suspendedWhy === 'by-sponsor') && (
            <Button
              size="xs"
              variant="default"
              loading={change.isPending}
              onClick={() => change.mutate({ params: { id }, body: { isSuspended: state === 'active' } })}
            >
              {state === 'active' ? 'Suspend it' : 'Let it go on'}
            </Button>
          )}
          {!isSponsor && state === 'active' && (
            <Button size="xs" variant="default" onClick={() => setAsked('stop')}>
              Stop it
            </Button>
          )}
          <Button size="xs" variant="default" onClick={() => setAsked('handover')}>
            Hand it over
          </Button>
          <Button size="xs" color="red" variant="light" onClick={() => setAsked('end')}>
            End it
          </Button>
        </div>
      )}
      {change.error !== null && <ProblemNote problem={change.error} />}
      {asked === 'end' && <End agent={agent} onClose={close} />}
      {asked === 'handover' && <Handover agent={agent} onClose={close} />}
      {asked === 'stop' && <Stop agent={agent} onClose={close} />}
    </section>
  )
}

/** For whoever is asked to become the sponsor. */
function Asked({ id }: { readonly id: string }) {
  const answer = useAct('POST /v1/agents/{id}/handover/answer', ['agent', 'token'])
  const say = (accept: boolean) => answer.mutate({ params: { id }, body: { accept } })
  return (
    <div className="stack">
      <p>You are asked to answer for this agent. Its keys end when you accept; you make new ones.</p>
      {answer.error !== null && <ProblemNote problem={answer.error} />}
      <div className="row">
        <Button size="xs" onClick={() => say(true)}>
          Accept
        </Button>
        <Button size="xs" variant="default" onClick={() => say(false)}>
          Decline
        </Button>
      </div>
    </div>
  )
}

interface DialogProps {
  readonly agent: ActionsProps['agent']
  readonly onClose: () => void
}

function End({ agent: { id, name }, onClose }: DialogProps) {
  const end = useAct('DELETE /v1/agents/{id}', ['agent', 'token'])
  return (
    <Modal opened onClose={onClose} title="End this agent?">
      <div className="stack">
        <p>“{oneLine(name)}” is refused from now on, with all its keys and tokens. This cannot be undone.</p>
        {end.error !== null && <ProblemNote problem={end.error} />}
        <Button
          color="red"
          loading={end.isPending}
          onClick={() => end.mutate({ params: { id } }, { onSuccess: onClose })}
        >
          End it
        </Button>
      </div>
    </Modal>
  )
}

function Handover({ agent: { id }, onClose }: DialogProps) {
  const offer = useAct('POST /v1/agents/{id}/handover', ['agent'])
  const [userId, setUserId] = useState('')
  return (
    <Modal opened onClose={onClose} title="Hand it over">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          offer.mutate({ params: { id }, body: { userId: userId.trim() } }, { onSuccess: onClose })
        }}
      >
        <TextInput
          label="Id of the person"
          description="From their page; nothing changes until they accept"
          placeholder="usr_…"
          value={userId}
          required
          onChange={(event) => setUserId(event.currentTarget.value)}
          data-autofocus
        />
        {offer.error !== null && <ProblemNote problem={offer.error} />}
        <Button type="submit" disabled={userId.trim() === ''} loading={offer.isPending}>
          Ask them
        </Button>
      </form>
    </Modal>
  )
}

function Stop({ agent: { id }, onClose }: DialogProps) {
  const stop = useAct('POST /v1/agents/{id}/suspension', ['agent', 'token'])
  const [reason, setReason] = useState('')
  return (
    <Modal opened onClose={onClose} title="Stop this agent?">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          stop.mutate({ params: { id }, body: { reason } }, { onSuccess: onClose })
        }}
      >
        <TextInput
          label="Why"
          description="Stands in the record; its sponsor cannot let it go on"
          value={reason}
          maxLength={1000}
          required
          onChange={(event) => setReason(event.currentTarget.value)}
          data-autofocus
        />
        {stop.error !== null && <ProblemNote problem={stop.error} />}
        <Button type="submit" color="red" disabled={reason.trim() === ''} loading={stop.isPending}>
          Stop it
        </Button>
      </form>
    </Modal>
  )
}
