import {
  A,
  ChoiceField,
  type Column,
  Empty,
  type Item,
  ListPage,
  SearchField,
  Status,
  Time,
  useFilters,
  useList,
} from '#console'
import { nameOfPerson } from './person-name.ts'
import { roleWords } from './role-words.ts'

type Row = Item<'GET /v1/people'>

const states = [
  ['active', 'active'],
  ['inactive', 'deactivated'],
] as const

const columns: readonly Column<Row>[] = [
  { name: 'Name', width: 'minmax(0, 1fr)', cell: () => null },
  {
    name: 'User name',
    width: 'minmax(0, 1fr)',
    narrow: 'drop',
    cell: (row) => <span className="quiet">{row.userName ?? 'none'}</span>,
  },
  {
    name: 'State',
    width: '130px',
    cell: (row) => <PersonState isActive={row.isActive} />,
  },
  { name: 'Role', width: '170px', narrow: 'drop', cell: (row) => roleWords(row.role) },
  {
    name: 'Last sign-in',
    width: '120px',
    align: 'end',
    cell: (row) => (
      <span className="quiet">{row.lastSignInAt === null ? 'never' : <Time at={row.lastSignInAt} />}</span>
    ),
  },
]

/** Whether somebody may sign in. */
export function PersonState({ isActive }: { readonly isActive: boolean }) {
  return <Status status={isActive ? 'pass' : 'not_applicable'} word={isActive ? 'active' : 'deactivated'} />
}

/** Everybody whom the directory knows, newest first. */
export function Page() {
  const [filters, change] = useFilters(['q', 'state', 'group'])
  const list = useList(
    'GET /v1/people',
    {
      query: {
        q: filters.q?.trim() || undefined,
        state: states.find(([one]) => one === filters.state)?.[0],
        group: filters.group,
        limit: 100,
      },
    },
    { kinds: ['user', 'owner', 'group', 'session'] },
  )
  return (
    <ListPage
      title="People"
      about="Who may sign in, as your identity provider keeps it."
      actions={
        <>
          <A to="/people/groups">groups</A>
          <A to="/people/provisioning">provisioning</A>
        </>
      }
      filters={filters}
      list={list}
      columns={columns}
      keyOf={(row) => row.id}
      link={(row) => ({ to: `/people/users/${row.id}`, text: nameOfPerson(row) })}
      noMatch={{ title: 'Nobody is like that', all: 'Look at everybody' }}
      nothing={<Nobody />}
    >
      <SearchField
        label="Search"
        placeholder="name, user name or address"
        value={filters.q}
        onChange={(q) => change({ q })}
      />
      <ChoiceField
        label="State"
        any="any"
        value={filters.state}
        onChange={(state) => change({ state })}
        choices={states}
      />
    </ListPage>
  )
}

function Nobody() {
  return (
    <Empty title="Nobody is here yet">
      <p>
        People come from your identity provider: <A to="/people/provisioning">connect it</A>.
      </p>
    </Empty>
  )
}
