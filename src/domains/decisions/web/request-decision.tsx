import { Button, Modal, NativeSelect, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { DayField, dayStart, oneLine, ProblemNote, useAct, useAnswer, useGo } from '#console'

/** Asks a tech lead of a team to decide. */
export function RequestDecision({ onClose }: { readonly onClose: () => void }) {
  const go = useGo()
  const ask = useAct('POST /v1/architecture-decisions', ['architecture-decision'])
  const [title, setTitle] = useState('')
  const [scope, setScope] = useState('')
  const [text, setText] = useState('')
  const [link, setLink] = useState('')
  const [teamId, setTeamId] = useState('')
  const [until, setUntil] = useState<string>()
  const validUntil = dayStart(until, 1)
  const isComplete =
    teamId !== '' &&
    validUntil !== undefined &&
    title.trim() !== '' &&
    scope.trim() !== '' &&
    `${text}${link}`.trim() !== ''
  return (
    <Modal opened onClose={onClose} title="Ask for a decision" size="lg">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          if (validUntil === undefined) return
          const said = {
            ...(text.trim() === '' ? {} : { text }),
            ...(link.trim() === '' ? {} : { link: link.trim() }),
          }
          ask.mutate(
            { body: { title, scope, teamId, validUntil, ...said } },
            { onSuccess: ({ id }) => go(`/architecture-decisions/${id}`) },
          )
        }}
      >
        <TextInput
          label="Title"
          value={title}
          maxLength={200}
          required
          data-autofocus
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        <TeamField value={teamId} onChange={setTeamId} />
        <Textarea
          label="Scope"
          description="What it covers, and what it does not"
          value={scope}
          maxLength={2000}
          required
          onChange={(event) => setScope(event.currentTarget.value)}
        />
        <Textarea
          label="Text"
          description="What is to be decided; a text, a link or both"
          value={text}
          rows={6}
          maxLength={20_000}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <TextInput
          label="Link"
          placeholder="https://…"
          value={link}
          maxLength={2000}
          onChange={(event) => setLink(event.currentTarget.value)}
        />
        <DayField label="Holds until the end of" value={until} onChange={setUntil} />
        {ask.error !== null && <ProblemNote problem={ask.error} />}
        <Button type="submit" disabled={!isComplete} loading={ask.isPending}>
          Ask for it
        </Button>
      </form>
    </Modal>
  )
}

function TeamField({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const teams = useAnswer('GET /v1/teams', {})
  return (
    <NativeSelect
      label="Team"
      description="A tech lead of it decides, who is not you"
      value={value}
      required
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[
        { value: '', label: 'choose' },
        ...(teams.data?.items ?? []).map((one) => ({ value: one.id, label: oneLine(one.name) })),
      ]}
    />
  )
}
