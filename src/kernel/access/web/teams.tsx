import { Button, Checkbox, Modal, TextInput } from '@mantine/core'
import { useState } from 'react'
import {
  A,
  Empty,
  type Item,
  oneLine,
  PageHead,
  ProblemNote,
  Skeleton,
  useAct,
  useAnswer,
  useFilters,
  useList,
} from '#console'

type Team = Item<'GET /v1/teams'>

/** Teams with their repositories and how many people hold a role in each. */
export function Page() {
  const [filters, set] = useFilters(['make'])
  const found = useAnswer('GET /v1/teams', {}, { kinds: ['team', 'roles'] })
  return (
    <>
      <PageHead
        title="Teams"
        about="Roles are held in a team or in the whole organisation; a repository belongs to one team."
        actions={
          <>
            <A to="/people/role-holdings">who holds what</A>
            <Button size="xs" onClick={() => set({ make: '1' })}>
              Make a team
            </Button>
          </>
        }
      />
      <section className="card flush" aria-label="Teams">
        {found.error !== null && <ProblemNote problem={found.error} retry={() => void found.refetch()} />}
        {found.data === undefined && found.error === null && <Skeleton height={80} />}
        {found.data?.items.length === 0 && (
          <Empty title="There is no team yet">
            <p>Make one, say which repositories are its own, and map a group of your directory to a role in it.</p>
          </Empty>
        )}
        <ul className="list">
          {(found.data?.items ?? []).map((one) => (
            <TeamRow key={one.id} team={one} />
          ))}
        </ul>
      </section>
      {filters.make === '1' && <MakeTeam onClose={() => set({ make: undefined })} />}
    </>
  )
}

function TeamRow({ team }: { readonly team: Team }) {
  const [asked, setAsked] = useState<'repositories' | 'remove'>()
  const remove = useAct('DELETE /v1/teams/{id}', ['team'])
  return (
    <li className="spread">
      <span>
        <b>{oneLine(team.name)}</b>{' '}
        <span className="quiet small">
          <A to="/people/role-holdings" query={{ team: team.id }}>
            {team.people} {team.people === 1 ? 'person' : 'people'}
          </A>
          , {team.repositories.length} {team.repositories.length === 1 ? 'repository' : 'repositories'}
        </span>
      </span>
      <span className="row">
        <A to="/policy/settings" query={{ scope: team.id }}>
          Policy settings
        </A>
        <button type="button" className="plain" onClick={() => setAsked('repositories')}>
          Repositories
        </button>
        <button type="button" className="plain" onClick={() => setAsked('remove')}>
          Remove
        </button>
      </span>
      {asked === 'repositories' && <Repositories team={team} onClose={() => setAsked(undefined)} />}
      <Modal opened={asked === 'remove'} onClose={() => setAsked(undefined)} title="Remove this team?">
        <div className="stack">
          <p>“{oneLine(team.name)}” goes when nobody holds a role in it; its repositories belong to no team then.</p>
          {remove.error !== null && <ProblemNote problem={remove.error} />}
          <Button color="red" loading={remove.isPending} onClick={() => remove.mutate({ params: { id: team.id } })}>
            Remove it
          </Button>
        </div>
      </Modal>
    </li>
  )
}

function Repositories({ team, onClose }: { readonly team: Team; readonly onClose: () => void }) {
  const list = useList('GET /v1/repositories', { query: { limit: 200 } }, { kinds: ['repository'] })
  const save = useAct('PUT /v1/teams/{id}/repositories', ['team'])
  const [chosen, setChosen] = useState<readonly string[]>(team.repositories)
  return (
    <Modal opened onClose={onClose} title={`Repositories of ${oneLine(team.name)}`}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          save.mutate({ params: { id: team.id }, body: { repositories: [...chosen] } }, { onSuccess: onClose })
        }}
      >
        {list.error !== null && <ProblemNote problem={list.error} />}
        {list.items.length === 0 && !list.isLoading && <p className="quiet">No repository is governed yet.</p>}
        {list.items.map((one) => (
          <Checkbox
            key={one.id}
            label={oneLine(one.name)}
            checked={chosen.includes(one.id)}
            onChange={(event) =>
              setChosen(event.currentTarget.checked ? [...chosen, one.id] : chosen.filter((id) => id !== one.id))
            }
          />
        ))}
        {save.error !== null && <ProblemNote problem={save.error} />}
        <Button type="submit" loading={save.isPending}>
          These are its own
        </Button>
      </form>
    </Modal>
  )
}

function MakeTeam({ onClose }: { readonly onClose: () => void }) {
  const make = useAct('POST /v1/teams', ['team'])
  const [name, setName] = useState('')
  return (
    <Modal opened onClose={onClose} title="Make a team">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          make.mutate({ body: { name } }, { onSuccess: onClose })
        }}
      >
        <TextInput
          label="Name"
          placeholder="Payments"
          value={name}
          maxLength={100}
          required
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
        />
        {make.error !== null && <ProblemNote problem={make.error} />}
        <Button type="submit" disabled={name.trim() === ''} loading={make.isPending}>
          Make it
        </Button>
      </form>
    </Modal>
  )
}
