import {
  A,
  ChoiceField,
  type Column,
  DayField,
  dayStart,
  Empty,
  Interval,
  type Item,
  Level,
  ListPage,
  oneLine,
  SearchField,
  Status,
  Time,
  useAnswer,
  useFilters,
  useList,
} from '#console'

type Row = Item<'GET /v1/changes'>

const grades = [
  ['ai', 'any AI'],
  ['attested', 'attested AI'],
  ['declared', 'declared AI'],
  ['hinted', 'hinted'],
  ['human', 'attested human'],
  ['unknown', 'unknown lines'],
] as const

const levels = [
  ['critical', 'critical'],
  ['high', 'high'],
  ['medium', 'medium'],
  ['low', 'low'],
] as const
const results = [
  ['fail', 'fail'],
  ['error', 'error'],
  ['unknown', 'unknown'],
  ['pass', 'pass'],
] as const

/** Every change of the governed repositories. */
export function Page() {
  const [filters, change] = useFilters(['q', 'repositoryId', 'ai', 'risk', 'gate', 'from', 'to', 'order'])
  const repositories = useAnswer('GET /v1/repositories', { query: { limit: 200 } }, { kinds: ['repository', 'clone'] })
  const order = filters.order === 'oldest' ? 'oldest' : 'newest'
  const list = useList(
    'GET /v1/changes',
    {
      query: {
        q: filters.q,
        repositoryId: filters.repositoryId,
        ai: grades.find(([grade]) => grade === filters.ai)?.[0],
        risk: levels.find(([level]) => level === filters.risk)?.[0],
        gate: results.find(([result]) => result === filters.gate)?.[0],
        from: dayStart(filters.from),
        to: dayStart(filters.to, 1),
        order,
        limit: 100,
      },
    },
    { kinds: ['change', 'risk', 'decision'] },
  )
  const names = new Map((repositories.data?.items ?? []).map((one) => [one.id, oneLine(one.name)]))
  const columns = columnsOf(names, order, () => change({ order: order === 'newest' ? 'oldest' : undefined }))
  return (
    <ListPage
      title="Changes"
      about="Each step of a governed branch, with what is known of who or what wrote its lines."
      actions={<a href="/v1/changes?limit=200">as JSON</a>}
      filters={filters}
      list={list}
      columns={columns}
      keyOf={(row) => row.id}
      link={(row) => ({ to: `/changes/${row.id}`, text: oneLine(row.title) || '(no title)' })}
      noMatch={{
        title: 'No change is like that',
        hint: 'Fewer words or a longer time find more.',
        all: 'Look at all changes',
      }}
      nothing={<NoChanges />}
    >
      <SearchField
        label="Search"
        placeholder="title, author, commit or id"
        value={filters.q}
        onChange={(q) => change({ q })}
      />
      <ChoiceField
        label="Repository"
        any="all"
        value={filters.repositoryId}
        onChange={(repositoryId) => change({ repositoryId })}
        choices={[...names]}
      />
      <ChoiceField
        label="With lines that are"
        any="of any grade"
        value={filters.ai}
        onChange={(ai) => change({ ai })}
        choices={grades}
      />
      <JudgedFields filters={filters} change={change} />
      <DayField label="From" value={filters.from} onChange={(from) => change({ from })} />
      <DayField label="To" value={filters.to} onChange={(to) => change({ to })} />
    </ListPage>
  )
}

interface JudgedFieldsProps {
  readonly filters: { readonly risk?: string; readonly gate?: string }
  readonly change: (next: { readonly risk?: string | undefined; readonly gate?: string | undefined }) => void
}

function JudgedFields({ filters, change }: JudgedFieldsProps) {
  return (
    <>
      <ChoiceField
        label="Risk"
        any="of any level"
        value={filters.risk}
        onChange={(risk) => change({ risk })}
        choices={levels}
      />
      <ChoiceField
        label="Merge gate"
        any="any result"
        value={filters.gate}
        onChange={(gate) => change({ gate })}
        choices={results}
      />
    </>
  )
}

function columnsOf(
  names: ReadonlyMap<string, string>,
  order: 'newest' | 'oldest',
  turn: () => void,
): readonly Column<Row>[] {
  return [
    { name: 'Change', width: 'minmax(0, 4fr)', cell: () => null },
    { name: 'Author', width: 'minmax(0, 1.3fr)', cell: (row) => <span className="quiet">{oneLine(row.author)}</span> },
    {
      name: 'Repository',
      width: 'minmax(0, 1.1fr)',
      narrow: 'drop',
      cell: (row) => <span className="quiet">{names.get(row.repositoryId) ?? ''}</span>,
    },
    {
      name: 'Attribution',
      width: 'minmax(0, 1.3fr)',
      narrow: 'drop',
      cell: (row) => <Interval parts={row.attribution.lines} unit="lines" slim />,
    },
    {
      name: 'Risk',
      width: '86px',
      narrow: 'drop',
      cell: ({ risk }) => <span className="row">{risk === null ? <NotYet /> : <Level level={risk.level} />}</span>,
    },
    {
      name: 'Merge gate',
      width: '96px',
      narrow: 'drop',
      cell: ({ gate }) => <span className="row">{gate === null ? <NotYet /> : <Status status={gate.result} />}</span>,
    },
    {
      name: 'Merged',
      width: '112px',
      align: 'end',
      cell: (row) => (
        <span className="quiet">
          <Time at={row.mergedAt} />
        </span>
      ),
      sort: {
        direction: order === 'newest' ? 'descending' : 'ascending',
        press: turn,
      },
    },
  ]
}

function NotYet() {
  return <span className="quiet">not yet</span>
}

function NoChanges() {
  return (
    <Empty title="No change has been read yet">
      <p>
        Each merge, or commit, of a governed branch will be a row here, with its lines told apart by what is known of
        their origin.
      </p>
      <p>
        <A to="/repositories" query={{ add: '1' }}>
          Add a repository
        </A>
        , or run <code>countersign repository add PATH</code>.
      </p>
    </Empty>
  )
}
