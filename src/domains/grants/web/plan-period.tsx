import { Button, Modal, NativeSelect, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { oneLine, ProblemNote, useAct, useAnswer } from '#console'

/** Plans time without AI tools, for a team or for one person. */
export function PlanPeriod({ onClose }: { readonly onClose: () => void }) {
  const plan = useAct('POST /v1/ai-free-periods', ['ai-free-period', 'grant'])
  const [whom, setWhom] = useState('')
  const [start, setStart] = useState('')
  const [end, setEnd] = useState('')
  const [reason, setReason] = useState('')
  const [kind, id = ''] = whom.split(' ')
  const whose = kind === 'team' ? { teamId: id } : { userId: id }
  const isComplete = whom !== '' && utc(start) !== undefined && utc(end) !== undefined && reason.trim() !== ''
  const time = (label: string, value: string, set: (value: string) => void) => (
    <TextInput
      type="datetime-local"
      label={label}
      value={value}
      required
      onChange={(event) => set(event.currentTarget.value)}
    />
  )
  return (
    <Modal opened onClose={onClose} title="Plan an AI-free period" size="lg">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          const [startsAt, endsAt] = [utc(start), utc(end)]
          if (startsAt === undefined || endsAt === undefined) return
          plan.mutate({ body: { ...whose, startsAt, endsAt, reason } }, { onSuccess: onClose })
        }}
      >
        <Whom value={whom} onChange={setWhom} />
        <div className="row">
          {time('Begins (UTC)', start, setStart)}
          {time('Ends (UTC)', end, setEnd)}
        </div>
        <Textarea
          label="Reason"
          description="It is announced with the period; the ledger commits to it"
          value={reason}
          maxLength={1000}
          required
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {plan.error !== null && <ProblemNote problem={plan.error} />}
        <Button type="submit" disabled={!isComplete} loading={plan.isPending}>
          Plan and announce it
        </Button>
      </form>
    </Modal>
  )
}

/** A team or a person, as `team ID` or `person ID`; people only for whoever may read them. */
function Whom({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const teams = useAnswer('GET /v1/teams', {})
  const people = useAnswer('GET /v1/people', { query: { state: 'active', limit: 200 } })
  return (
    <NativeSelect
      label="For whom"
      value={value}
      required
      data-autofocus
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[
        { value: '', label: 'choose' },
        {
          group: 'Teams',
          items: (teams.data?.items ?? []).map((one) => ({ value: `team ${one.id}`, label: oneLine(one.name) })),
        },
        {
          group: 'People',
          items: (people.data?.items ?? []).map((one) => ({
            value: `person ${one.id}`,
            label: oneLine(one.displayName ?? one.userName ?? one.id),
          })),
        },
      ]}
    />
  )
}

/** What a field for date and time says, taken as UTC. */
function utc(value: string): string | undefined {
  const time = Date.parse(`${value}:00Z`)
  return Number.isNaN(time) ? undefined : new Date(time).toISOString()
}
