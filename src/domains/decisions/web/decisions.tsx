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
import { DecisionStatus, stateWords } from './decision-words.tsx'
import { RequestDecision } from './request-decision.tsx'

type Row = Item<'GET /v1/architecture-decisions'>

const states = Object.entries(stateWords).map(([state, [, word]]) => [state as Row['state'], word] as const)

const columns: readonly Column<Row>[] = [
  { name: 'Decision', width: 'minmax(0, 1fr)', cell: () => null },
  { name: 'State', width: '150px', cell: (row) => <DecisionStatus state={row.state} /> },
  { name: 'Team', width: '140px', narrow: 'drop', cell: (row) => oneLine(row.teamName ?? row.teamId) },
  {
    name: 'Holds until',
    width: '120px',
    align: 'end',
    narrow: 'drop',
    cell: (row) => (
      <span className="quiet">
        <Time at={row.validUntil} />
      </span>
    ),
  },
]

/** What was asked about AI in the design of software, and what tech leads answered. */
export function Page() {
  const [{ ask, ...filters }, change] = useFilters(['state', 'team', 'ask'])
  const teams = useAnswer('GET /v1/teams', {})
  const list = useList(
    'GET /v1/architecture-decisions',
    { query: { state: states.find(([one]) => one === filters.state)?.[0], team: filters.team, limit: 100 } },
    { kinds: ['architecture-decision'] },
  )
  return (
    <>
      <ListPage
        title="Architecture decisions"
        about="What a tech lead decided about AI in the design of a team's software; changes cite it."
        actions={
          <Button size="xs" onClick={() => change({ ask: '1' })}>
            Ask for a decision
          </Button>
        }
        filters={filters}
        list={list}
        columns={columns}
        keyOf={(row) => row.id}
        link={(row) => ({ to: `/architecture-decisions/${row.id}`, text: oneLine(row.title) })}
        noMatch={{ title: 'No decision is like that', all: 'Look at all of them' }}
        nothing={
          <Empty title="Nothing was asked yet">
            <p>
              Ask for a decision here. A change cites it by a trailer: <code>AI-Decision: adr_…</code>. Teams are made
              under <A to="/people/teams">teams</A>.
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
        <ChoiceField
          label="Team"
          any="any"
          value={filters.team}
          onChange={(team) => change({ team })}
          choices={(teams.data?.items ?? []).map((one) => [one.id, oneLine(one.name)] as const)}
        />
      </ListPage>
      {ask === '1' && <RequestDecision onClose={() => change({ ask: undefined })} />}
    </>
  )
}
