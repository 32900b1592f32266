import {
  A,
  ChoiceField,
  type Column,
  DayField,
  dayStart,
  Empty,
  type Item,
  ListPage,
  SearchField,
  shortDigest,
  Time,
  useFilters,
  useList,
} from '#console'

type Row = Item<'GET /v1/ledger/records'>

const names = ['q', 'type', 'actor', 'tool', 'target', 'field', 'decision', 'from', 'to'] as const

const columns: readonly Column<Row>[] = [
  { name: 'Record', width: 'minmax(160px, 240px)', cell: () => null },
  { name: 'About', width: 'minmax(0, 1fr)', cell: (row) => <span className="quiet">{aboutOf(row)}</span> },
  {
    name: 'Actor',
    width: '150px',
    narrow: 'drop',
    cell: ({ record }) => <span className="mono small">{shortDigest(record.actor.id, 8)}</span>,
  },
  { name: 'Index', width: '80px', align: 'end', narrow: 'drop', cell: ({ index }) => index },
  {
    name: 'Recorded',
    width: '120px',
    align: 'end',
    cell: ({ record }) => (
      <span className="quiet">
        <Time at={record.at} />
      </span>
    ),
  },
]

/** Everything that was recorded, newest first. */
export function Page() {
  const [filters, change] = useFilters(names)
  const list = useList(
    'GET /v1/ledger/records',
    {
      query: {
        ...filters,
        decision: filters.decision === 'allow' || filters.decision === 'deny' ? filters.decision : undefined,
        from: dayStart(filters.from),
        to: dayStart(filters.to, 1),
        limit: '50',
      },
    },
    { kinds: ['record'] },
  )
  return (
    <ListPage
      title="Records"
      about="What was done and decided, signed and in order. That you read it is recorded as well."
      actions={<A to="/ledger/checkpoints">Is the past unchanged?</A>}
      filters={filters}
      list={list}
      columns={columns}
      keyOf={({ record }) => record.id}
      link={({ record }) => ({ to: `/ledger/records/${record.id}`, text: record.type })}
      noMatch={{
        title: 'No record is like that',
        hint: 'Exact filters must match whole values; words find parts.',
        all: 'Look at all records',
      }}
      nothing={
        <Empty title="Nothing is recorded yet">
          <p>The first start makes the first records.</p>
        </Empty>
      }
    >
      <SearchField
        label="Search"
        placeholder={'words, "a phrase", -without'}
        value={filters.q}
        onChange={(q) => change({ q })}
      />
      <SearchField
        label="Type"
        placeholder="change.imported"
        value={filters.type}
        onChange={(type) => change({ type })}
      />
      <SearchField label="Actor" placeholder="usr_…" value={filters.actor} onChange={(actor) => change({ actor })} />
      <SearchField label="Tool" value={filters.tool} onChange={(tool) => change({ tool })} />
      <SearchField
        label="Target"
        placeholder="change:chg_…"
        value={filters.target}
        onChange={(target) => change({ target })}
      />
      <SearchField
        label="Field"
        placeholder="path=value"
        value={filters.field}
        onChange={(field) => change({ field })}
      />
      <ChoiceField
        label="Decision"
        any="any"
        value={filters.decision}
        onChange={(decision) => change({ decision })}
        choices={[
          ['allow', 'allow'],
          ['deny', 'deny'],
        ]}
      />
      <DayField label="From" value={filters.from} onChange={(from) => change({ from })} />
      <DayField label="To" value={filters.to} onChange={(to) => change({ to })} />
    </ListPage>
  )
}

/** Its targets, and the words of its data that stand there in the open. */
function aboutOf({ record }: Row): string {
  const targets = record.targets.map((one) => `${one.type} ${shortDigest(one.id, 8)}`)
  const facts = Object.entries(record.data as Record<string, unknown>)
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value) && !String(value).startsWith('hmac-'))
    .slice(0, 3)
    .map(([name, value]) => `${name} ${shortDigest(String(value), 12)}`)
  return [...targets, ...facts].join(' · ')
}
