import { A, ChoiceField, type Column, Empty, type Item, ListPage, oneLine, Time, useFilters, useList } from '#console'
import { RecoveryState, recoveryStates } from './recovery-words.tsx'

type Row = Item<'GET /v1/recoveries'>

const owner = 'the owner of this installation'

const columns: readonly Column<Row>[] = [
  { name: 'Who', width: 'minmax(0, 1fr)', cell: () => null },
  { name: 'State', width: '120px', cell: (row) => <RecoveryState state={row.state} /> },
  {
    name: 'Asked for by',
    width: 'minmax(0, 1fr)',
    narrow: 'drop',
    cell: (row) => <span className="quiet">{oneLine(row.openerName ?? owner)}</span>,
  },
  {
    name: 'Asked for',
    width: '120px',
    align: 'end',
    narrow: 'drop',
    cell: (row) => (
      <span className="quiet">
        <Time at={row.openedAt} />
      </span>
    ),
  },
]

/** Who is let back in after they lost their passkeys, what waits for somebody first of all. */
export function Page() {
  const [filters, change] = useFilters(['state'])
  const list = useList(
    'GET /v1/recoveries',
    { query: { state: recoveryStates.find(([one]) => one === filters.state)?.[0], limit: 100 } },
    { kinds: ['recovery', 'approval'] },
  )
  return (
    <ListPage
      title="Lost passkeys"
      about="Who has lost their passkeys is let back in by two others: each approves by their own passkey and hands over half of a one-time link."
      actions={<A to="/people/users">people</A>}
      filters={filters}
      list={list}
      columns={columns}
      keyOf={(row) => row.id}
      link={(row) => ({ to: `/people/recoveries/${row.personId}`, text: oneLine(row.personName ?? owner) })}
      noMatch={{ title: 'No recovery is in this state', all: 'Look at all of them' }}
      nothing={
        <Empty title="Nobody is being let back in">
          <p>
            Find the <A to="/people/users">person</A> and press “Recover access”. It waits a day for two approvals.
          </p>
        </Empty>
      }
    >
      <ChoiceField
        label="State"
        any="any"
        value={filters.state}
        onChange={(state) => change({ state })}
        choices={recoveryStates}
      />
    </ListPage>
  )
}
