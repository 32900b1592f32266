import {
  A,
  ChoiceField,
  type Column,
  Empty,
  type Item,
  ListPage,
  oneLine,
  Status,
  Time,
  useFilters,
  useList,
} from '#console'
import { roleWords } from './role-words.ts'

type Row = Item<'GET /v1/role-changes'>

const states = [
  ['proposed', 'waiting'],
  ['applied', 'approved'],
  ['rejected', 'rejected'],
  ['withdrawn', 'withdrawn'],
] as const

const columns: readonly Column<Row>[] = [
  { name: 'Change', width: 'minmax(0, 1fr)', cell: () => null },
  { name: 'State', width: '120px', cell: (row) => <ChangeState state={row.state} /> },
  {
    name: 'Proposed',
    width: '120px',
    align: 'end',
    narrow: 'drop',
    cell: (row) => (
      <span className="quiet">
        <Time at={row.proposedAt} />
      </span>
    ),
  },
]

export function ChangeState({ state }: { readonly state: Row['state'] }) {
  const status = { proposed: 'unknown', applied: 'pass', rejected: 'fail', withdrawn: 'not_applicable' } as const
  return <Status status={status[state]} word={states.find(([one]) => one === state)?.[1] ?? state} />
}

export function titleOf({ add, remove }: Pick<Row, 'add' | 'remove'>): string {
  const part = (verb: string, items: Row['add']) =>
    items.length === 0 ? [] : [`${verb} ${[...new Set(items.map((one) => roleWords(one.role)))].join(', ')}`]
  const [first = '', ...more] = [...part('gives', add), ...part('takes', remove)]
  return [first.charAt(0).toUpperCase() + first.slice(1), ...more].join(' and ')
}

/** Changes of roles, those that wait for somebody first of all. */
export function Page() {
  const [filters, change] = useFilters(['state'])
  const list = useList(
    'GET /v1/role-changes',
    { query: { state: states.find(([one]) => one === filters.state)?.[0], limit: 100 } },
    { kinds: ['roles'] },
  )
  return (
    <ListPage
      title="Changes of roles"
      about="What was proposed, what another person decided, and when."
      actions={<A to="/people/role-holdings">who holds what</A>}
      filters={filters}
      list={list}
      columns={columns}
      keyOf={(row) => row.id}
      link={(row) => ({ to: `/people/role-changes/${row.id}`, text: `${titleOf(row)}: ${oneLine(row.reason)}` })}
      noMatch={{ title: 'No change is in this state', all: 'Look at all changes' }}
      nothing={
        <Empty title="No change of roles was proposed yet">
          <p>
            <A to="/people/role-holdings" query={{ propose: '1' }}>
              Propose one
            </A>
          </p>
        </Empty>
      }
    >
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
