import { Button, Modal, NativeSelect, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Input } from '#client'
import { oneLine, ProblemNote, useAct, useAnswer, useGo } from '#console'
import { RoleEffects } from './role-effects.tsx'
import { type RoleName, roleChoices } from './role-words.ts'

type RoleItem = NonNullable<Input<'POST /v1/role-changes/preview'>['body']['add']>[number]

const kinds = ['mapping', 'claimed', 'assignment'] as const
/** Of the directory, named by a provider at sign-ins, or one person. */
type WhoseKind = (typeof kinds)[number]

/** One role given or taken, with what that would do, before it is proposed. */
export function ProposeRoles({ onClose }: { readonly onClose: () => void }) {
  const go = useGo()
  const preview = useAct('POST /v1/role-changes/preview')
  const propose = useAct('POST /v1/role-changes', ['roles'])
  const [way, setWay] = useState<'add' | 'remove'>('add')
  const [kind, setKind] = useState<WhoseKind>('mapping')
  const [who, setWho] = useState('')
  const [role, setRole] = useState<RoleName>('senior-developer')
  const [teamId, setTeamId] = useState('')
  const [reason, setReason] = useState('')
  const place = { role, teamId: teamId === '' ? null : teamId }
  const item: RoleItem =
    kind === 'assignment' ? { kind, userId: who, ...place } : { kind: 'mapping', groupId: who, ...place }
  const change = way === 'add' ? { add: [item] } : { remove: [item] }
  const problem = propose.error ?? preview.error
  const reset = () => {
    preview.reset()
    propose.reset()
  }
  return (
    <Modal opened onClose={onClose} title="Propose a change of roles" size="lg">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          if (preview.data === undefined) preview.mutate({ body: change })
          else
            propose.mutate({ body: { ...change, reason } }, { onSuccess: ({ id }) => go(`/people/role-changes/${id}`) })
        }}
        onChange={reset}
      >
        <div className="row">
          <NativeSelect
            label="What"
            value={way}
            onChange={(event) => setWay(event.currentTarget.value === 'add' ? 'add' : 'remove')}
            data={[
              { value: 'add', label: 'give a role' },
              { value: 'remove', label: 'take a role' },
            ]}
          />
          <NativeSelect
            label="To whom"
            value={kind}
            onChange={(event) => {
              setKind(kinds.find((one) => one === event.currentTarget.value) ?? 'mapping')
              setWho('')
            }}
            data={[
              { value: 'mapping', label: 'a group' },
              { value: 'claimed', label: 'a group named at sign-in' },
              { value: 'assignment', label: 'one person' },
            ]}
          />
        </div>
        <Picker kind={kind} value={who} onChange={setWho} />
        <RoleAndPlace role={role} teamId={teamId} onRole={setRole} onTeam={setTeamId} />
        <Textarea
          label="Reason"
          description="Whoever decides reads it; the ledger commits to it"
          value={reason}
          maxLength={1000}
          required
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {preview.data !== undefined && <RoleEffects effects={preview.data} />}
        {problem !== null && <ProblemNote problem={problem} />}
        <Button
          type="submit"
          disabled={who === '' || reason.trim() === ''}
          loading={preview.isPending || propose.isPending}
        >
          {preview.data === undefined ? 'See what it would do' : 'Propose it'}
        </Button>
      </form>
    </Modal>
  )
}

interface RoleAndPlaceProps {
  readonly role: RoleName
  readonly teamId: string
  readonly onRole: (role: RoleName) => void
  readonly onTeam: (teamId: string) => void
}

function RoleAndPlace({ role, teamId, onRole, onTeam }: RoleAndPlaceProps) {
  const teams = useAnswer('GET /v1/teams', {}, { kinds: ['team'] })
  return (
    <div className="row">
      <NativeSelect
        label="Role"
        value={role}
        onChange={(event) => onRole(event.currentTarget.value as RoleName)}
        data={roleChoices.map(([value, label]) => ({ value, label }))}
      />
      <NativeSelect
        label="Where"
        value={teamId}
        onChange={(event) => onTeam(event.currentTarget.value)}
        data={[
          { value: '', label: 'whole organisation' },
          ...(teams.data?.items ?? []).map((one) => ({ value: one.id, label: oneLine(one.name) })),
        ]}
      />
    </div>
  )
}

interface PickerProps {
  readonly kind: WhoseKind
  readonly value: string
  readonly onChange: (id: string) => void
}

function Picker({ kind, value, onChange }: PickerProps) {
  const [words, setWords] = useState('')
  const q = words.trim() === '' ? undefined : words.trim()
  const people = useAnswer(
    'GET /v1/people',
    { query: { q, state: 'active', limit: 50 } },
    { enabled: kind === 'assignment' },
  )
  const groups = useAnswer('GET /v1/groups', { query: { q, limit: 50 } }, { enabled: kind === 'mapping' })
  const claimed = useAnswer('GET /v1/claimed-groups', {}, { enabled: kind === 'claimed' })
  const groupChoices = (groups.data?.items ?? []).map((one) => ({ value: one.id, label: oneLine(one.name) }))
  const claimedChoices = (claimed.data?.items ?? [])
    .filter((one) => one.value.toLowerCase().includes(words.trim().toLowerCase()))
    .map((one) => ({
      value: one.id,
      label: `${oneLine(one.value)} (${oneLine(one.issuerName ?? 'a removed provider')})`,
    }))
  const personChoices = (people.data?.items ?? []).map((one) => ({
    value: one.id,
    label: oneLine(one.displayName ?? one.userName ?? `the ${one.role}`),
  }))
  const found = { mapping: groupChoices, claimed: claimedChoices, assignment: personChoices }[kind]
  const noun = kind === 'assignment' ? 'person' : 'group'
  return (
    <div className="row">
      <TextInput
        label={`Find a ${noun}`}
        placeholder="name"
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
        data-autofocus
      />
      <NativeSelect
        label={noun === 'group' ? 'Group' : 'Person'}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        data={[{ value: '', label: found.length === 0 ? 'none found' : 'choose one' }, ...found]}
      />
    </div>
  )
}
