import {
  A,
  ChoiceField,
  type Column,
  Empty,
  type Item,
  ListPage,
  oneLine,
  SearchField,
  shortDigest,
  Time,
  useFilters,
  useList,
} from '#console'
import { Result } from './result.tsx'

type Row = Item<'GET /v1/decisions'>

const gates = [
  ['merge', 'merge'],
  ['deploy', 'deploy'],
] as const
const results = [
  ['pass', 'pass'],
  ['fail', 'fail'],
  ['unknown', 'unknown'],
  ['error', 'error'],
] as const

const columns: readonly Column<Row>[] = [
  {
    name: 'Decided about',
    width: 'minmax(0, 1fr)',
    cell: ({ title, targets }) =>
      title !== null && <span className="quiet small mono"> {oneLine(targets[0] ?? '')}</span>,
  },
  { name: 'Result', width: '210px', cell: (row) => <Result {...row} /> },
  { name: 'Gate', width: '90px', narrow: 'drop', cell: (row) => row.gate },
  {
    name: 'Policy',
    width: '130px',
    narrow: 'drop',
    cell: (row) => (
      <span className="mono small" title={row.policyRevision}>
        {shortDigest(row.policyRevision, 8)}
      </span>
    ),
  },
  {
    name: 'Decided',
    width: '120px',
    align: 'end',
    cell: (row) => (
      <span className="quiet">
        <Time at={row.decidedAt} />
      </span>
    ),
  },
]

/** Every answer of a gate, newest first. */
export function Page() {
  const [filters, change] = useFilters(['gate', 'result', 'target'])
  const target = (filters.target?.length ?? 0) >= 3 ? filters.target : undefined
  const list = useList(
    'GET /v1/decisions',
    {
      query: {
        gate: gates.find(([one]) => one === filters.gate)?.[0],
        result: results.find(([one]) => one === filters.result)?.[0],
        target,
        limit: 100,
      },
    },
    { kinds: ['decision'] },
  )
  return (
    <ListPage
      title="Decisions"
      about="What each gate answered, with its rules, facts and a replay. That you read it is recorded."
      actions={<a href="/v1/decisions?limit=200">as JSON</a>}
      filters={filters}
      list={list}
      columns={columns}
      keyOf={(row) => row.id}
      link={(row) => ({ to: `/policy/decisions/${row.id}`, text: oneLine(row.title ?? row.targets[0] ?? row.id) })}
      noMatch={{
        title: 'No decision is like that',
        hint: 'What it is about must match whole.',
        all: 'Look at all decisions',
      }}
      nothing={<NoDecisions />}
    >
      <SearchField
        label="About"
        placeholder="change:chg_… or commit:…"
        value={filters.target}
        onChange={(next) => change({ target: next })}
      />
      <ChoiceField label="Gate" any="any" value={filters.gate} onChange={(gate) => change({ gate })} choices={gates} />
      <ChoiceField
        label="Result"
        any="any"
        value={filters.result}
        onChange={(result) => change({ result })}
        choices={results}
      />
    </ListPage>
  )
}

function NoDecisions() {
  return (
    <Empty title="Nothing has been decided yet">
      <p>Each answer of a gate will be a row here, with what every rule said and what was known then.</p>
      <p>
        The changes of a repository are judged after it is read:{' '}
        <A to="/repositories" query={{ add: '1' }}>
          add one
        </A>
        , or run <code>countersign gate</code> in a pipeline.
      </p>
    </Empty>
  )
}
