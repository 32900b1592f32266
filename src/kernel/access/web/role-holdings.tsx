import { Button } from '@mantine/core'
import {
  A,
  ChoiceField,
  type Column,
  Empty,
  type Item,
  ListPage,
  oneLine,
  Time,
  useAnswer,
  useFilters,
  useList,
} from '#console'
import { ProposeRoles } from './propose-roles.tsx'
import { roleChoices, roleWords } from './role-words.ts'

type Row = Item<'GET /v1/role-holdings'>

const columns: readonly Column<Row>[] = [
  { name: 'Who', width: 'minmax(0, 1fr)', cell: () => null },
  { name: 'Role', width: '190px', cell: (row) => roleWords(row.role) },
  {
    name: 'Where',
    width: 'minmax(0, 0.7fr)',
    cell: (row) => (row.teamId === null ? 'whole organisation' : oneLine(row.teamName ?? row.teamId)),
  },
  {
    name: 'Since',
    width: '120px',
    align: 'end',
    narrow: 'drop',
    cell: (row) => (
      <span className="quiet">
        <Time at={row.since} />
      </span>
    ),
  },
]

function who(row: Row): { readonly to: string; readonly text: string } {
  if (row.kind === 'assignment')
    return { to: `/people/users/${row.userId}`, text: oneLine(row.name ?? row.userId ?? '') }
  const text = row.name === null ? 'a group that is gone, and gives nothing' : `everybody in ${oneLine(row.name)}`
  return { to: `/people/groups/${row.groupId}`, text }
}

/** Which roles people and groups hold, and what is proposed to change. */
export function Page() {
  const [filters, change] = useFilters(['role', 'team', 'propose'])
  const teams = useAnswer('GET /v1/teams', {}, { kinds: ['team'] })
  const list = useList(
    'GET /v1/role-holdings',
    {
      query: { role: roleChoices.find(([one]) => one === filters.role)?.[0], team: filters.team, limit: 100 },
    },
    { kinds: ['roles', 'team'] },
  )
  const { propose: _, ...shown } = filters
  return (
    <>
      <ListPage
        title="Who holds which role"
        about="By themselves, or by a group of the directory. One person proposes a change, another approves it."
        actions={
          <>
            <A to="/people/role-changes">changes</A>
            <A to="/people/roles">what roles may do</A>
            <Button size="xs" onClick={() => change({ propose: '1' })}>
              Propose a change
            </Button>
          </>
        }
        filters={shown}
        list={list}
        columns={columns}
        keyOf={(row) => `${row.kind} ${row.userId ?? row.groupId} ${row.role} ${row.teamId}`}
        link={who}
        noMatch={{ title: 'Nobody holds that', all: 'Look at all' }}
        nothing={
          <Empty title="Nobody holds a role yet but the owner">
            <p>
              Propose one: for a group of your <A to="/people/groups">identity provider</A>, or for a person. The owner
              appoints the first person who can approve; from then on two decide.
            </p>
          </Empty>
        }
      >
        <ChoiceField
          label="Role"
          any="any"
          value={filters.role}
          onChange={(role) => change({ role })}
          choices={roleChoices}
        />
        <ChoiceField
          label="Team"
          any="any"
          value={filters.team}
          onChange={(team) => change({ team })}
          choices={(teams.data?.items ?? []).map((one) => [one.id, oneLine(one.name)] as const)}
        />
      </ListPage>
      {filters.propose === '1' && <ProposeRoles onClose={() => change({ propose: undefined })} />}
    </>
  )
}
