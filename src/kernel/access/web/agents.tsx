import { Button } from '@mantine/core'
import {
  A,
  ChoiceField,
  type Column,
  Empty,
  type Item,
  ListPage,
  oneLine,
  SearchField,
  Time,
  useFilters,
  useList,
} from '#console'
import { RegisterAgent } from './agent-register.tsx'
import { AgentState, agentStates } from './agent-state.tsx'

type Row = Item<'GET /v1/agents'>

const columns: readonly Column<Row>[] = [
  { name: 'Name', width: 'minmax(0, 1fr)', cell: () => null },
  {
    name: 'Sponsor',
    width: 'minmax(0, 1fr)',
    narrow: 'drop',
    cell: (row) => <span className="quiet">{oneLine(row.sponsor.name ?? row.sponsor.id)}</span>,
  },
  { name: 'State', width: '150px', cell: (row) => <AgentState state={row.state} /> },
  { name: 'Autonomy', width: '150px', narrow: 'drop', cell: (row) => row.autonomy },
  {
    name: 'Ends',
    width: '120px',
    align: 'end',
    cell: (row) => (
      <span className="quiet">
        <Time at={row.expiresAt} />
      </span>
    ),
  },
]

/** Every agent with the person who answers for it. */
export function Page() {
  const [filters, change] = useFilters(['q', 'state', 'sponsor', 'make'])
  const { make, ...shown } = filters
  const list = useList(
    'GET /v1/agents',
    {
      query: {
        q: filters.q?.trim() || undefined,
        state: agentStates.find(([one]) => one === filters.state)?.[0],
        sponsor: filters.sponsor === 'me' ? 'me' : undefined,
        limit: 100,
      },
    },
    { kinds: ['agent', 'user'] },
  )
  return (
    <>
      <ListPage
        title="Agents"
        about="Programs that act in somebody's name: each has a person who answers for it, and may no more than that person."
        actions={
          <Button size="xs" onClick={() => change({ make: '1' })}>
            Register an agent
          </Button>
        }
        filters={shown}
        list={list}
        columns={columns}
        keyOf={(row) => row.id}
        link={(row) => ({ to: `/agents/${row.id}`, text: oneLine(row.name) })}
        noMatch={{ title: 'No agent is like that', all: 'Look at all of them' }}
        nothing={
          <Empty title="No agent is registered">
            <p>
              Register one here, or run <code>countersign agent add</code>. Pipelines need none: they{' '}
              <A to="/settings/tokens">trade their own tokens</A>.
            </p>
          </Empty>
        }
      >
        <SearchField label="Search" placeholder="name" value={filters.q} onChange={(q) => change({ q })} />
        <ChoiceField
          label="State"
          any="any"
          value={filters.state}
          onChange={(state) => change({ state })}
          choices={agentStates}
        />
        <ChoiceField
          label="Sponsor"
          any="anybody"
          value={filters.sponsor}
          onChange={(sponsor) => change({ sponsor })}
          choices={[['me', 'you']]}
        />
      </ListPage>
      {make === '1' && <RegisterAgent onClose={() => change({ make: undefined })} />}
    </>
  )
}
