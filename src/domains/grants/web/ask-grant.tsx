import { Button, Modal, NativeSelect, TextInput } from '@mantine/core'
import { useState } from 'react'
import { oneLine, ProblemNote, useAct, useAnswer, useGo } from '#console'
import { tierWords } from './grant-words.tsx'

/** Asks for one tool; the policies answer at once. */
export function AskGrant({ onClose }: { readonly onClose: () => void }) {
  const go = useGo()
  const ask = useAct('POST /v1/grants', ['grant'])
  const settings = useAnswer('GET /v1/grant-settings', {}, { kinds: ['grant-settings'] })
  const tools = settings.data?.settings.tools ?? []
  const [tool, setTool] = useState('')
  const [purpose, setPurpose] = useState('')
  const [place, setPlace] = useState('')
  const [kind, id = ''] = place.split(' ')
  const where = kind === 'team' ? { teamId: id } : kind === 'repository' ? { repositoryId: id } : {}
  return (
    <Modal opened onClose={onClose} title="Ask for a tool" size="lg">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          ask.mutate(
            { body: { tool, purpose, ...where } },
            { onSuccess: ({ id: grantId }) => go(`/grants/${grantId}`) },
          )
        }}
      >
        {settings.data !== undefined && tools.length === 0 ? (
          <TextInput
            label="Tool"
            description="Nobody has approved any yet; small letters, digits, dots and dashes"
            value={tool}
            maxLength={64}
            required
            data-autofocus
            onChange={(event) => setTool(event.currentTarget.value)}
          />
        ) : (
          <NativeSelect
            label="Tool"
            value={tool}
            required
            disabled={settings.data === undefined}
            data-autofocus
            onChange={(event) => setTool(event.currentTarget.value)}
            data={[
              { value: '', label: 'choose one' },
              ...tools.map((one) => ({ value: one.name, label: `${one.name} (${tierWords[one.tier]})` })),
            ]}
          />
        )}
        <Place value={place} onChange={setPlace} />
        <TextInput
          label="Purpose"
          description="What you will use it for; the ledger commits to it"
          value={purpose}
          maxLength={500}
          required
          onChange={(event) => setPurpose(event.currentTarget.value)}
        />
        {ask.error !== null && <ProblemNote problem={ask.error} />}
        <Button type="submit" disabled={tool === '' || purpose.trim() === ''} loading={ask.isPending}>
          Ask for it
        </Button>
      </form>
    </Modal>
  )
}

/** A team or a repository, as `team ID` or `repository ID`. */
function Place({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const teams = useAnswer('GET /v1/teams', {})
  const repositories = useAnswer('GET /v1/repositories', { query: { limit: 200 } })
  return (
    <NativeSelect
      label="Where"
      description="Your role counts where you hold it: in a team, or everywhere"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[
        { value: '', label: 'nowhere in particular' },
        {
          group: 'Teams',
          items: (teams.data?.items ?? []).map((one) => ({ value: `team ${one.id}`, label: oneLine(one.name) })),
        },
        {
          group: 'Repositories',
          items: (repositories.data?.items ?? []).map((one) => ({
            value: `repository ${one.id}`,
            label: oneLine(one.name),
          })),
        },
      ]}
    />
  )
}
