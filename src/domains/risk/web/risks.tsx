import {
  A,
  ChoiceField,
  type Column,
  Empty,
  type Item,
  Level,
  ListPage,
  oneLine,
  Time,
  useFilters,
  useList,
} from '#console'

type Row = Item<'GET /v1/risk/assessments'>

const levels = [
  ['critical', 'critical'],
  ['high', 'high'],
  ['medium', 'medium'],
  ['low', 'low'],
] as const

const columns: readonly Column<Row>[] = [
  { name: 'Change', width: 'minmax(0, 1fr)', cell: () => null },
  { name: 'Level', width: '110px', cell: ({ level }) => <Level level={level} /> },
  { name: 'Score', width: '70px', align: 'end', cell: ({ score }) => score.used },
  {
    name: 'Between',
    width: '120px',
    align: 'end',
    narrow: 'drop',
    cell: ({ score }) => (
      <span className="quiet">{score.low === score.high ? 'sure' : `${score.low} and ${score.high}`}</span>
    ),
  },
  {
    name: 'Assessed',
    width: '120px',
    align: 'end',
    narrow: 'drop',
    cell: ({ assessedAt }) => (
      <span className="quiet">
        <Time at={assessedAt} />
      </span>
    ),
  },
]

/** Each change with its risk, the highest first. */
export function Page() {
  const [filters, change] = useFilters(['level'])
  const level = levels.find(([one]) => one === filters.level)?.[0]
  const list = useList('GET /v1/risk/assessments', { query: { level, limit: 100 } }, { kinds: ['risk'] })
  return (
    <ListPage
      title="Risk"
      about="Each change by its newest assessment, the highest score first. What is not known widens the interval of a score."
      actions={<a href="/v1/risk/assessments?limit=200">as JSON</a>}
      label="Risk of changes"
      filters={{ level }}
      list={list}
      columns={columns}
      keyOf={(row) => row.changeId}
      link={(row) => ({ to: `/changes/${row.changeId}`, text: oneLine(row.title) || '(no title)' })}
      noMatch={{ title: 'No change has this level', all: 'Look at all levels' }}
      nothing={<NoAssessments />}
    >
      <ChoiceField
        label="Level"
        any="any"
        value={level}
        onChange={(next) => change({ level: next })}
        choices={levels}
      />
    </ListPage>
  )
}

function NoAssessments() {
  return (
    <Empty title="No change has been assessed yet">
      <p>
        The changes of a repository are assessed after it is read:{' '}
        <A to="/repositories" query={{ add: '1' }}>
          add one
        </A>
        , or run <code>countersign risk show</code>.
      </p>
    </Empty>
  )
}
