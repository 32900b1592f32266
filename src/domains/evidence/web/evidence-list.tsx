import {
  A,
  ChoiceField,
  type Column,
  Empty,
  type Item,
  ListPage,
  oneLine,
  SearchField,
  Status,
  shortDigest,
  Time,
  useAnswer,
  useFilters,
  useList,
} from '#console'
import { type Format, formats, isFormat, stateOf, titleOf, told } from './summary.ts'

type Row = Item<'GET /v1/evidence'>

const columns: readonly Column<Row>[] = [
  { name: 'Report', width: 'minmax(140px, 220px)', cell: () => null },
  {
    name: 'Says',
    width: 'minmax(0, 1fr)',
    cell: ({ summary }) => (
      <span className="quiet">
        {oneLine(summary.tool?.name ?? '')} {told(summary)}
      </span>
    ),
  },
  {
    name: 'State',
    width: '170px',
    narrow: 'drop',
    cell: ({ summary }) => {
      const [status, word] = stateOf(summary)
      return <Status status={status} word={word} />
    },
  },
  {
    name: 'About',
    width: '130px',
    narrow: 'drop',
    cell: ({ commit, artifact }) => (
      <span className="mono small" title={commit ?? artifact ?? ''}>
        {shortDigest(commit ?? artifact ?? '', 10)}
      </span>
    ),
  },
  {
    name: 'Attached',
    width: '120px',
    align: 'end',
    cell: ({ addedAt }) => (
      <span className="quiet">
        <Time at={addedAt} />
      </span>
    ),
  },
]

const choices = Object.entries(formats) as [Format, string][]

/** Every report that is attached to a commit or an artifact, newest first. */
export function Page() {
  const [filters, change] = useFilters(['repositoryId', 'format', 'commit'])
  const repositories = useAnswer('GET /v1/repositories', { query: { limit: 200 } }, { kinds: ['repository'] })
  const isCommit = /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(filters.commit ?? '')
  const list = useList(
    'GET /v1/evidence',
    {
      query: {
        repositoryId: filters.repositoryId,
        format: isFormat(filters.format) ? filters.format : undefined,
        commit: isCommit ? filters.commit : undefined,
        limit: 100,
      },
    },
    { kinds: ['evidence'] },
  )
  const names = (repositories.data?.items ?? []).map((one) => [one.id, oneLine(one.name)] as const)
  return (
    <ListPage
      title="Evidence"
      about="Reports of scans, tests and components, and who says so, each bound to the commit or artifact that it speaks of."
      actions={<a href="/v1/evidence?limit=200">as JSON</a>}
      filters={filters}
      list={list}
      columns={columns}
      keyOf={(row) => row.id}
      link={(row) => ({ to: `/assurance/evidence/${row.id}`, text: titleOf(row.format) })}
      noMatch={{ title: 'No report is like that', hint: 'Fewer filters find more.', all: 'Look at all evidence' }}
      nothing={<NoEvidence />}
    >
      <SearchField
        label="Commit"
        placeholder="the whole hash"
        value={filters.commit}
        onChange={(commit) => change({ commit })}
      />
      <ChoiceField
        label="Repository"
        any="all"
        value={filters.repositoryId}
        onChange={(repositoryId) => change({ repositoryId })}
        choices={names}
      />
      <ChoiceField
        label="Format"
        any="any"
        value={filters.format}
        onChange={(format) => change({ format })}
        choices={choices}
      />
    </ListPage>
  )
}

function NoEvidence() {
  return (
    <Empty title="No evidence is attached yet">
      <p>
        Reports of scans, tests, coverage, components and pull requests will be rows here, with what was read of them.
      </p>
      <p>
        Let the pipeline run <code>countersign evidence add FILE --commit COMMIT</code>, or drop a report on the page of{' '}
        <A to="/changes">a change</A>.
      </p>
    </Empty>
  )
}
