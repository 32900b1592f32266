import { Button, Modal, NativeSelect, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Input } from '#client'
import { dayStart, oneLine, ProblemNote, type Query, useAct, useAnswer, useGo } from '#console'

type Asked = Input<'POST /v1/exceptions'>['body']

const usualDays = 30

interface AskExceptionProps {
  /** What the address says: rule, repository, finding, renews. */
  readonly given: Query
  readonly onClose: () => void
}

/** Asks for an exception; it holds once another person approved it. */
export function AskException({ given, onClose }: AskExceptionProps) {
  const go = useGo()
  const me = useAnswer('GET /v1/session', {})
  const ask = useAct('POST /v1/exceptions', ['exception'])
  const [ruleId, setRule] = useState(given['rule'] ?? '')
  const [repositoryId, setRepository] = useState(given['repository'] ?? '')
  const [lastDay, setLastDay] = useState(usualLastDay)
  const [reason, setReason] = useState('')
  const [instead, setInstead] = useState('')
  const [insteadRule, setInsteadRule] = useState('')
  const [owner, setOwner] = useState('')
  const ownerId = owner === '' ? (me.data?.userId ?? '') : owner
  const compensatingControls: Asked['compensatingControls'] = [
    ...(instead.trim() === '' ? [] : [{ kind: 'described' as const, text: instead }]),
    ...(insteadRule === '' ? [] : [{ kind: 'rule' as const, ruleId: insteadRule }]),
  ]
  const isWhole =
    ruleId !== '' && repositoryId !== '' && reason.trim() !== '' && lastDay !== '' && compensatingControls.length > 0
  const send = () => {
    const expiresAt = dayStart(lastDay, 1)
    if (expiresAt === undefined) return
    const { finding: fingerprint, renews } = given
    const rest = { ...(fingerprint === undefined ? {} : { fingerprint }), ...(renews === undefined ? {} : { renews }) }
    const body = { ruleId, repositoryId, reason, ownerId, expiresAt, compensatingControls, ...rest }
    ask.mutate({ body }, { onSuccess: ({ id }) => go(`/policy/exceptions/${id}`) })
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={given['renews'] === undefined ? 'Ask for an exception' : 'Renew an exception'}
      size="lg"
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          send()
        }}
      >
        <Place ruleId={ruleId} repositoryId={repositoryId} onRule={setRule} onRepository={setRepository} />
        {given['finding'] !== undefined && (
          <p className="small">
            For the finding <span className="mono">{oneLine(given['finding'])}</span> alone.
          </p>
        )}
        <Words reason={reason} instead={instead} onReason={setReason} onInstead={setInstead} />
        <RuleField
          label="A rule that has to pass instead"
          none="none"
          value={insteadRule}
          onChange={setInsteadRule}
          without={ruleId}
        />
        <TextInput
          type="date"
          label="Last day (UTC)"
          description="At most 90 days from now"
          value={lastDay}
          required
          onChange={(event) => setLastDay(event.currentTarget.value)}
        />
        <OwnerField value={owner} onChange={setOwner} />
        {ask.error !== null && <ProblemNote problem={ask.error} />}
        <Button type="submit" disabled={!isWhole || ownerId === ''} loading={ask.isPending}>
          Ask for it
        </Button>
      </form>
    </Modal>
  )
}

function usualLastDay(): string {
  return new Date(Date.now() + usualDays * 86_400_000).toISOString().slice(0, 10)
}

interface WordsProps {
  readonly reason: string
  readonly instead: string
  readonly onReason: (text: string) => void
  readonly onInstead: (text: string) => void
}

function Words({ reason, instead, onReason, onInstead }: WordsProps) {
  return (
    <>
      <Textarea
        label="Reason"
        description="Whoever decides reads it; the ledger commits to it"
        value={reason}
        maxLength={2000}
        required
        onChange={(event) => onReason(event.currentTarget.value)}
      />
      <Textarea
        label="What makes up for it"
        description="In words, or a rule below, or both"
        value={instead}
        maxLength={1000}
        onChange={(event) => onInstead(event.currentTarget.value)}
      />
    </>
  )
}

interface PlaceProps {
  readonly ruleId: string
  readonly repositoryId: string
  readonly onRule: (id: string) => void
  readonly onRepository: (id: string) => void
}

function Place({ ruleId, repositoryId, onRule, onRepository }: PlaceProps) {
  const repositories = useAnswer('GET /v1/repositories', { query: { limit: 200 } })
  const found = (repositories.data?.items ?? []).map((one) => ({ value: one.id, label: oneLine(one.name) }))
  return (
    <div className="row">
      <RuleField label="Rule" none="choose one" value={ruleId} onChange={onRule} only="allowed" />
      <NativeSelect
        label="Repository"
        value={repositoryId}
        onChange={(event) => onRepository(event.currentTarget.value)}
        data={[{ value: '', label: 'choose one' }, ...found]}
      />
    </div>
  )
}

interface RuleFieldProps {
  readonly label: string
  /** The word for no rule. */
  readonly none: string
  readonly value: string
  readonly onChange: (id: string) => void
  /** Only rules that allow exceptions. */
  readonly only?: 'allowed'
  readonly without?: string
}

function RuleField({ label, none, value, onChange, only, without }: RuleFieldProps) {
  const rules = useAnswer('GET /v1/gates/merge/rules', { query: {} })
  const shown = (rules.data?.items ?? []).filter(
    (one) => one.id !== without && (only === undefined || one.exception === 'allowed'),
  )
  return (
    <NativeSelect
      label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[{ value: '', label: none }, ...shown.map((one) => ({ value: one.id, label: one.id }))]}
    />
  )
}

/** Whoever asks, or somebody else for whom may read who there is. */
function OwnerField({ value, onChange }: { readonly value: string; readonly onChange: (id: string) => void }) {
  const [words, setWords] = useState('')
  const q = words.trim() === '' ? undefined : words.trim()
  const people = useAnswer('GET /v1/people', { query: { q, state: 'active', limit: 50 } })
  const found = (people.data?.items ?? []).map((one) => ({
    value: one.id,
    label: oneLine(one.displayName ?? one.userName ?? `the ${one.role} of this installation`),
  }))
  if (people.error !== null) return null
  return (
    <div className="row">
      <TextInput
        label="Find who answers for it"
        placeholder="name"
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
      />
      <NativeSelect
        label="Answers for it"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        data={[{ value: '', label: 'I do' }, ...found]}
      />
    </div>
  )
}
