import {
  A,
  counted,
  Digest,
  Facts,
  grouped,
  Interval,
  IntervalLegend,
  oneLine,
  PageHead,
  PagePart,
  ProblemNote,
  SideScroll,
  Skeleton,
  Time,
  useAnswer,
  useFilters,
  useParam,
} from '#console'
import { Files } from './files.tsx'
import { Grade } from './grade.tsx'
import { Records } from './records.tsx'

export type Change = NonNullable<ReturnType<typeof useAnswer<'GET /v1/changes/{id}'>>['data']>

/** One change: what is known of its lines, who took part, and what was recorded of it. */
export function Page() {
  const id = useParam('id')
  const found = useAnswer('GET /v1/changes/{id}', { params: { id } })
  const repositories = useAnswer('GET /v1/repositories', { query: { limit: 200 } }, { kinds: ['repository'] })
  if (found.error !== null) return <ProblemNote problem={found.error} retry={() => void found.refetch()} />
  if (found.data === undefined) return <Skeleton height={480} />
  const change = found.data
  const repository = repositories.data?.items.find((one) => one.id === change.repositoryId)
  return (
    <>
      <PageHead
        title={oneLine(change.title) || '(no title)'}
        about={
          <>
            {oneLine(change.author.name)} · merged <Time at={change.mergedAt} /> into{' '}
            <A to="/changes" query={{ repositoryId: change.repositoryId }}>
              {oneLine(repository?.name ?? 'its repository')}
            </A>{' '}
            · <Digest value={change.headOid} keep={10} label="commit" />
          </>
        }
        actions={
          <>
            <A to={`/ledger/records/${change.recordId}`}>its record and proof</A>
            <a href={`/v1/changes/${change.id}`}>as JSON</a>
          </>
        }
      />
      <div className="cards">
        <PagePart name="gate" />
        <PagePart name="risk" />
        <About change={change} />
        <Attribution change={change} />
        <Sources change={change} />
        <PagePart name="evidence" />
        <Files change={change} />
        <Commits change={change} />
        <PagePart name="decisions" />
        <Records changeId={change.id} />
      </div>
    </>
  )
}

function Attribution({ change }: { readonly change: Change }) {
  const { lines } = change.attribution
  return (
    <section className="card stack" aria-label="Attribution">
      <h2>What is known of its lines</h2>
      {lines.total === 0 ? (
        <p className="quiet">No line of it counts: it only deletes, or its files are set aside.</p>
      ) : (
        <>
          <Interval parts={lines} unit="lines" />
          <IntervalLegend parts={lines} unit="lines" />
        </>
      )}
      {change.limitsHit.length > 0 && (
        <p className="small">Limits were reached while it was read: {change.limitsHit.join(', ')}.</p>
      )}
    </section>
  )
}

const kindWords = { commit: 'one commit', merge: 'a merge', rebased: 'commits of one pull request' } as const

function About({ change }: { readonly change: Change }) {
  const { parties, lines } = change
  const people = (list: readonly { readonly name: string }[]) => list.map((one) => oneLine(one.name)).join(', ')
  const missing = (text: string, reason: string | undefined) =>
    text || <span className="quiet">{(reason ?? 'none named').replaceAll('_', ' ')}</span>
  const setAside = Object.entries(lines.setAside).map(([name, count]) => `${grouped(count ?? 0)} ${name}`)
  return (
    <section className="card third" aria-label="About">
      <Facts
        facts={[
          ['Made of', `${kindWords[change.kind]}, ${counted(change.commits.length, 'commit')}`],
          [
            'Lines',
            `${grouped(lines.added)} added, ${grouped(lines.removed)} removed, ${grouped(lines.counted)} counted`,
          ],
          ...(setAside.length === 0 ? [] : ([['Set aside', setAside.join(', ')]] as const)),
          ['Merged by', oneLine(change.mergedBy.name)],
          ['Reviewers', missing(people(parties.reviewers), parties.na['reviewers'])],
          ['Co-authors', missing(people(parties.coAuthors), undefined)],
          [
            'Pull request',
            missing(
              parties.pullRequest === undefined ? '' : `#${parties.pullRequest.number}`,
              parties.na['pullRequest'],
            ),
          ],
          ['Tickets', missing(parties.tickets.map(oneLine).join(', '), parties.na['tickets'])],
          ['Why', missing(oneLine(parties.justification?.text ?? ''), parties.na['justification'])],
          ...(parties.reverts.length === 0
            ? []
            : ([['Reverts', parties.reverts.map((oid) => oid.slice(0, 10)).join(', ')]] as const)),
        ]}
      />
    </section>
  )
}

function Sources({ change }: { readonly change: Change }) {
  const { sources, disagreements } = change.attribution
  if (sources.length + disagreements.length === 0) return null
  return (
    <section className="card" aria-label="Sources">
      <h2>Who says so</h2>
      <SideScroll label="Table: Sources">
        <table className="twin">
          <thead>
            <tr>
              <th>Source</th>
              <th>Tool</th>
              <th>Grade</th>
              <th>Assurance</th>
              <th className="end">Commits</th>
              <th className="end">Lines</th>
            </tr>
          </thead>
          <tbody>
            {sources.map((one) => (
              <tr key={`${one.source} ${one.tool} ${one.grade}`}>
                <td>{one.source}</td>
                <td>{oneLine(one.tool)}</td>
                <td>
                  <Grade grade={one.grade} />
                </td>
                <td>{one.assurance}</td>
                <td className="end">{grouped(one.commits)}</td>
                <td className="end">{grouped(one.lines)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </SideScroll>
      {disagreements.map((one) => (
        <p key={one.kind + one.detail} className="small">
          <b>They disagree ({one.kind.replaceAll('_', ' ')}):</b> {oneLine(one.detail)}
        </p>
      ))}
    </section>
  )
}

const commitsShown = 50

function Commits({ change }: { readonly change: Change }) {
  const [filters, set] = useFilters(['commits'])
  const isAll = filters.commits === 'all'
  const shown = isAll ? change.commits : change.commits.slice(-commitsShown)
  return (
    <section className="card" aria-label="Commits">
      <h2>{counted(change.commits.length, 'commit')}</h2>
      <SideScroll label="Table: Commits">
        <table className="twin">
          <thead>
            <tr>
              <th>Commit</th>
              <th>Subject</th>
              <th>Author</th>
              <th>Signature</th>
              <th>Grade</th>
              <th className="end">Committed</th>
            </tr>
          </thead>
          <tbody>
            {shown.toReversed().map((one) => (
              <tr key={one.oid}>
                <td>
                  <Digest value={one.oid} keep={8} label="commit" />
                </td>
                <td className="wrap">{oneLine(one.subject)}</td>
                <td>
                  {oneLine(one.author.name)}
                  {one.author.kind !== 'human' && <span className="tag"> {one.author.kind}</span>}
                </td>
                <td className="quiet">
                  {one.signature.kind === 'none' ? 'none' : `${one.signature.kind}, ${one.signature.status}`}
                </td>
                <td>
                  <Grade grade={one.grade} />
                </td>
                <td className="end">
                  <Time at={one.committedAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </SideScroll>
      {change.commits.length > shown.length && (
        <button type="button" className="plain" onClick={() => set({ commits: 'all' })}>
          Show all {grouped(change.commits.length)}
        </button>
      )}
    </section>
  )
}
