import {
  A,
  type Column,
  Empty,
  grouped,
  type Item,
  ListPage,
  oneLine,
  SearchField,
  Time,
  useFilters,
  useList,
} from '#console'

type Row = Item<'GET /v1/groups'>

const columns: readonly Column<Row>[] = [
  { name: 'Group', width: 'minmax(0, 1fr)', cell: () => null },
  { name: 'People', width: '100px', align: 'end', cell: (row) => grouped(row.members) },
  {
    name: 'Changed',
    width: '120px',
    align: 'end',
    narrow: 'drop',
    cell: (row) => (
      <span className="quiet">
        <Time at={row.modifiedAt} />
      </span>
    ),
  },
]

/** The groups of the directory, newest first. */
export function Page() {
  const [filters, change] = useFilters(['q'])
  const list = useList(
    'GET /v1/groups',
    { query: { q: filters.q?.trim() || undefined, limit: 100 } },
    { kinds: ['group'] },
  )
  return (
    <ListPage
      title="Groups"
      about="Groups that your identity provider pushes, with how many people are in each."
      actions={<A to="/people/users">people</A>}
      filters={filters}
      list={list}
      columns={columns}
      keyOf={(row) => row.id}
      link={(row) => ({ to: `/people/groups/${row.id}`, text: oneLine(row.name) })}
      noMatch={{ title: 'No group is called that', all: 'Look at all groups' }}
      nothing={
        <Empty title="There is no group yet">
          <p>
            Groups come from your identity provider: <A to="/people/provisioning">connect it</A> and push them.
          </p>
        </Empty>
      }
    >
      <SearchField label="Search" placeholder="name" value={filters.q} onChange={(q) => change({ q })} />
    </ListPage>
  )
}
