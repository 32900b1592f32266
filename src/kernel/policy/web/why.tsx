import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useState } from 'react'
import { capital, oneLine, ProblemNote, type Reply, Status, useAct, useAnswer } from '#console'

type Matrix = Reply<'GET /v1/roles'>
type Explained = Reply<'POST /v1/access/explain'>

/** May somebody do something, and why, and what is missing. */
export function Why({ matrix, action: first }: { readonly matrix: Matrix; readonly action: string | undefined }) {
  const ask = useAct('POST /v1/access/explain')
  const [words, setWords] = useState('')
  const [userId, setUserId] = useState('')
  const [action, setAction] = useState<string>()
  const [resourceId, setResourceId] = useState('')
  const [team, setTeam] = useState('')
  const people = useAnswer(
    'GET /v1/people',
    { query: { q: words.trim() === '' ? undefined : words.trim(), state: 'active', limit: 20 } },
    { kinds: ['user'] },
  )
  const name = action ?? first ?? matrix.actions[0]?.name ?? ''
  const type = matrix.actions.find((one) => one.name === name)?.resourceType ?? null
  const submit = () => {
    const resource =
      type === null ? undefined : { type, id: resourceId.trim(), ...(type === 'AiTool' && team !== '' ? { team } : {}) }
    ask.mutate({ body: { ...(userId === '' ? {} : { userId }), action: name, ...(resource && { resource }) } })
  }
  return (
    <section className="card stack" aria-label="Why">
      <h2>May somebody do something, and why?</h2>
      <form
        className="filters"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <TextInput
          size="xs"
          label="Find a person"
          placeholder="name or user name"
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
        <NativeSelect
          size="xs"
          label="Person"
          value={userId}
          onChange={(event) => setUserId(event.currentTarget.value)}
          data={[
            { value: '', label: 'you' },
            ...(people.data?.items ?? []).map((one) => ({
              value: one.id,
              label: oneLine(one.displayName ?? one.userName ?? `the ${one.role}`),
            })),
          ]}
        />
        <NativeSelect
          size="xs"
          label="Action"
          value={name}
          onChange={(event) => setAction(event.currentTarget.value)}
          data={matrix.actions.map((one) => one.name)}
        />
        {type !== null && <Thing type={type} id={resourceId} setId={setResourceId} team={team} setTeam={setTeam} />}
        <Button type="submit" size="xs" loading={ask.isPending}>
          Ask
        </Button>
      </form>
      {people.error !== null && <p className="quiet small">Only what you may do yourself can be asked.</p>}
      {ask.error !== null && <ProblemNote problem={ask.error} />}
      {ask.data !== undefined && ask.error === null && <Answer answer={ask.data} />}
    </section>
  )
}

interface ThingProps {
  readonly type: string
  readonly id: string
  readonly setId: (id: string) => void
  readonly team: string
  readonly setTeam: (id: string) => void
}

/** What is acted on. A tool is asked for in a team, whose roles count besides those of the organization. */
function Thing({ type, id, setId, team, setTeam }: ThingProps) {
  const isTool = type === 'AiTool'
  const settings = useAnswer('GET /v1/grant-settings', {}, { kinds: ['grant-settings'], enabled: isTool })
  const teams = useAnswer('GET /v1/teams', { query: { limit: 200 } }, { kinds: ['team'], enabled: isTool })
  return (
    <>
      <TextInput
        size="xs"
        label={isTool ? 'Name of the tool' : `Id of the ${type}`}
        value={id}
        required
        list="things-known"
        onChange={(event) => setId(event.currentTarget.value)}
      />
      {isTool && (
        <>
          <datalist id="things-known">
            {(settings.data?.settings.tools ?? []).map((one) => (
              <option key={one.name} value={one.name} />
            ))}
          </datalist>
          <NativeSelect
            size="xs"
            label="In the team"
            value={team}
            onChange={(event) => setTeam(event.currentTarget.value)}
            data={[
              { value: '', label: 'none' },
              ...(teams.data?.items ?? []).map((one) => ({ value: one.id, label: oneLine(one.name) })),
            ]}
          />
        </>
      )}
    </>
  )
}

function Answer({ answer }: { readonly answer: Explained }) {
  const isAllowed = answer.decision === 'allow'
  return (
    <div className="stack" role="status">
      <p>
        <Status status={isAllowed ? 'pass' : 'fail'} word={isAllowed ? 'allowed' : 'denied'} />{' '}
        <span className="quiet small">
          {answer.roles.length === 0
            ? 'no role counts for this'
            : `roles that count: ${answer.roles.map((one) => `${one.role}${one.teamId === null ? '' : ' (team)'}`).join(', ')}`}
        </span>
      </p>
      <ul className="list">
        {answer.determining.map((one) => (
          <li key={one.id}>
            <b>{one.effect === 'permit' ? 'Permitted by' : 'Forbidden by'}</b> <code>{one.id}</code>:{' '}
            {oneLine(one.reason)}
          </li>
        ))}
        {answer.missing.map((one) => (
          <li key={one.policy}>
            <b>Not enough for</b> <code>{one.policy}</code>: {capital(one.title)}. Missing: {one.unmet.join('; ')}
          </li>
        ))}
        {answer.errors.map((one) => (
          <li key={one}>{one}</li>
        ))}
        {answer.determining.length + answer.missing.length + answer.errors.length === 0 && (
          <li>Nothing permits it: what no policy permits is denied.</li>
        )}
      </ul>
    </div>
  )
}
