import {
  A,
  counted,
  Empty,
  grouped,
  Interval,
  IntervalLegend,
  oneLine,
  PageHead,
  PagePart,
  type Parts,
  ProblemNote,
  partNames,
  percent,
  SideScroll,
  Skeleton,
  Status,
  Time,
  useAnswer,
} from '#console'

/** What is governed, how much of it is AI's, what nobody knows, and whether the record holds. */
export function Page() {
  const figures = useAnswer('GET /v1/changes/figures', {}, { kinds: ['change'] })
  const repositories = useAnswer('GET /v1/repositories', { query: { limit: 200 } }, { kinds: ['repository', 'change'] })
  const problem = figures.error ?? repositories.error
  const isEmpty = repositories.data?.items.length === 0
  return (
    <>
      <PageHead title="Overview" about="What is governed, and how much of it can be told." />
      {problem !== null && <ProblemNote problem={problem} retry={() => void figures.refetch()} />}
      {isEmpty ? (
        <div className="card">
          <Empty title="Nothing is governed yet">
            <p>
              Here will stand how much of your code AI wrote, as far as anything says so, and what to do about the rest.
            </p>
            <p>
              <A to="/repositories" query={{ add: '1' }}>
                Add a repository
              </A>{' '}
              to read its history. It takes seconds, and nothing in the repository is changed.
            </p>
          </Empty>
        </div>
      ) : (
        <div className="cards">
          <Share figures={figures.data} />
          <Governed
            repositories={repositories.data?.items}
            hasMore={typeof repositories.data?.next === 'string'}
            changes={figures.data?.changes}
          />
          <PagePart name="risk" />
          <PagePart name="gate" />
          <Unknowns unknowns={figures.data?.unknowns} />
          <Latest />
          <Months months={figures.data?.months} />
          <Health />
        </div>
      )}
    </>
  )
}

type Figures = NonNullable<ReturnType<typeof useAnswer<'GET /v1/changes/figures'>>['data']>

function Share({ figures }: { readonly figures: Figures | undefined }) {
  if (figures === undefined) return <Waiting title="AI-assisted lines" className="card two-thirds" height={150} />
  const { lines } = figures
  return (
    <section className="card two-thirds" aria-labelledby="share">
      <h2 id="share">AI-assisted lines</h2>
      {lines.total === 0 ? (
        <p className="quiet">No line has been counted yet.</p>
      ) : (
        <div className="stack">
          <A to="/changes" query={{ ai: 'ai' }} className="figure">
            {`At least ${percent(lines.attested + lines.declared, lines.total)} AI-assisted; ${percent(lines.unknown + lines.hinted, lines.total)} carry no statement`}
          </A>
          <Interval parts={lines} unit="lines" />
          <IntervalLegend parts={lines} unit="lines" />
        </div>
      )}
    </section>
  )
}

interface GovernedProps {
  readonly repositories:
    | readonly {
        readonly id: string
        readonly name: string
        readonly problem: string | null
        readonly changesRead: number
      }[]
    | undefined
  /** Whether there are more than these. */
  readonly hasMore: boolean
  readonly changes: number | undefined
}

function Governed({ repositories, hasMore, changes }: GovernedProps) {
  if (repositories === undefined || changes === undefined)
    return <Waiting title="Governed" className="card third" height={150} />
  const broken = repositories.filter((one) => one.problem !== null).length
  return (
    <section className="card third stack" aria-labelledby="governed">
      <h2 id="governed">Governed</h2>
      <A to="/changes" className="figure">
        {counted(changes, 'change')}
      </A>
      <p>
        in{' '}
        <A to="/repositories">
          {hasMore ? 'more than ' : ''}
          {repositories.length === 1 ? '1 repository' : `${grouped(repositories.length)} repositories`}
        </A>
        {broken > 0 && (
          <>
            {', '}
            <A to="/repositories">{broken} could not be read</A>
          </>
        )}
      </p>
      <ul className="list small">
        {repositories.slice(0, 4).map((one) => (
          <li key={one.id} className="spread" style={{ padding: '4px 0' }}>
            <A to="/changes" query={{ repositoryId: one.id }}>
              {oneLine(one.name)}
            </A>
            <span className="quiet">{grouped(one.changesRead)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

const unknownFilters = ['unknown', 'hinted', 'declared']

function Unknowns({ unknowns }: { readonly unknowns: Figures['unknowns'] | undefined }) {
  if (unknowns === undefined) return <Waiting title="Unknown" className="card half" height={180} />
  return (
    <section className="card half flush" aria-labelledby="unknowns">
      <h2 id="unknowns">Unknown, and what makes it known</h2>
      {unknowns.length === 0 ? (
        <p style={{ padding: '0 16px 14px' }}>
          <Status status="pass" word="Nothing that was looked for is unknown" />
        </p>
      ) : (
        <ul className="list">
          {unknowns.map(({ what, changes, howToKnow }) => (
            <li key={what}>
              <div className="spread">
                <b>{what}</b>
                <A
                  to="/changes"
                  query={{ ai: unknownFilters[what.includes('statement of who') ? 0 : what.includes('hint') ? 1 : 2] }}
                >
                  {counted(changes, 'change')}
                </A>
              </div>
              <p className="quiet small">{howToKnow}</p>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Latest() {
  const latest = useAnswer('GET /v1/changes', { query: { limit: 6 } }, { kinds: ['change'] })
  if (latest.data === undefined) return <Waiting title="Latest changes" className="card half" height={180} />
  return (
    <section className="card half flush" aria-labelledby="latest">
      <h2 id="latest">Latest changes</h2>
      <ul className="list">
        {latest.data.items.map((one) => (
          <li key={one.id} className="spread" style={{ flexWrap: 'nowrap' }}>
            <span className="clip">
              <A to={`/changes/${one.id}`}>{oneLine(one.title)}</A>
            </span>
            <span className="quiet small" style={{ whiteSpace: 'nowrap' }}>
              <Time at={one.mergedAt} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** The parts of each month as a column; the table after it is its twin. */
function Months({ months }: { readonly months: Figures['months'] | undefined }) {
  if (months === undefined) return <Waiting title="By month" className="card two-thirds" height={160} />
  if (months.length < 2) return null
  const width = 100 / months.length
  return (
    <section className="card two-thirds" aria-labelledby="months">
      <h2 id="months">By month of merging</h2>
      <svg
        className="months"
        role="img"
        aria-label="Lines of each month by what is known; the table below has the figures"
      >
        {months.map(({ month, lines }, at) => (
          <g key={month}>{column(lines, at * width + width * 0.1, width * 0.8)}</g>
        ))}
      </svg>
      <div className="spread quiet small">
        <span>{months[0]?.month}</span>
        <span>{months.at(-1)?.month}</span>
      </div>
      <details>
        <summary>The same as a table</summary>
        <SideScroll label="Table: By month">
          <table className="twin">
            <thead>
              <tr>
                <th>Month</th>
                <th className="end">Changes</th>
                <th className="end">Lines</th>
                <th className="end">AI at least</th>
                <th className="end">Unknown</th>
              </tr>
            </thead>
            <tbody>
              {months.toReversed().map(({ month, changes, lines }) => (
                <tr key={month}>
                  <td>{month}</td>
                  <td className="end">{grouped(changes)}</td>
                  <td className="end">{grouped(lines.total)}</td>
                  <td className="end">{percent(lines.attested + lines.declared, lines.total)}</td>
                  <td className="end">{percent(lines.unknown + lines.hinted, lines.total)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </SideScroll>
      </details>
    </section>
  )
}

function column(lines: Parts, x: number, width: number) {
  let y = 100
  return partNames.map((name) => {
    const height = lines.total === 0 ? 0 : (lines[name] / lines.total) * 100
    y -= height
    return height === 0 ? null : (
      <rect key={name} x={`${x}%`} y={`${y}%`} width={`${width}%`} height={`${height}%`} className={`part-${name}`} />
    )
  })
}

function Health() {
  const status = useAnswer('GET /v1/ledger/status', {}, { kinds: ['record'] })
  if (status.data === undefined) return <Waiting title="Ledger" className="card third" height={120} />
  const { writer, published, sequenced, publishedAt, index } = status.data
  const isWell = writer.state === 'leading' || writer.state === 'standby'
  return (
    <section className="card third stack" aria-labelledby="health">
      <h2 id="health">Ledger</h2>
      <A to="/ledger" className="figure">
        {counted(published, 'record')}
      </A>
      <p>
        <Status status={isWell ? 'pass' : 'fail'} word={isWell ? 'writing and signing' : `writer ${writer.state}`} />
      </p>
      <p className="quiet small">
        {sequenced > published ? `${counted(sequenced - published, 'record')} on their way. ` : ''}
        {publishedAt === null ? (
          ''
        ) : (
          <>
            Last checkpoint <Time at={publishedAt} />.{' '}
          </>
        )}
        {index.lag > 0 ? `Search is ${counted(index.lag, 'record')} behind. ` : ''}
        <A to="/ledger/checkpoints">Check it in this browser</A>
      </p>
    </section>
  )
}

function Waiting({
  title,
  className,
  height,
}: {
  readonly title: string
  readonly className: string
  readonly height: number
}) {
  return (
    <section className={className} aria-busy="true" aria-label={title}>
      <h2>{title}</h2>
      <Skeleton height={height} />
    </section>
  )
}
