import { A, Level, oneLine, ProblemNote, SideScroll, Skeleton, Status, Time, useAnswer, useParam } from '#console'

type Assessment = NonNullable<ReturnType<typeof useAnswer<'GET /v1/changes/{id}/risk'>>['data']>['items'][number]

/** How risky the change of this page is, and why: the newest assessment, with what came before it. */
export function Part() {
  const id = useParam('id')
  const found = useAnswer('GET /v1/changes/{id}/risk', { params: { id } }, { kinds: ['risk', 'evidence'] })
  const [newest, ...before] = found.data?.items ?? []
  return (
    <section className="card two-thirds stack" aria-labelledby="risk">
      <div className="spread">
        <h2 id="risk">Risk</h2>
        {newest !== undefined && <Level level={newest.level} />}
      </div>
      {found.error !== null && <ProblemNote problem={found.error} retry={() => void found.refetch()} />}
      {found.data === undefined && found.error === null && <Skeleton height={200} />}
      {found.data !== undefined && newest === undefined && (
        <p className="quiet">It has not been assessed yet; that follows the import of its repository by itself.</p>
      )}
      {newest !== undefined && <Assessed newest={newest} />}
      {before.length > 0 && <Before assessments={before} />}
    </section>
  )
}

/** The highest score of the matrix, and where each level ends. */
const scoreMax = 27
const bounds = [4, 8, 12] as const

function Assessed({ newest }: { readonly newest: Assessment }) {
  const { score, requiredControls, recommendations } = newest
  const isSure = score.low === score.high
  return (
    <>
      <p>
        Score <b>{score.used}</b>
        {isSure
          ? ', nothing that it rests on is unknown.'
          : `: between ${score.low} and ${score.high}, depending on what is not known.`}
      </p>
      <Range score={score} />
      <Factors factors={newest.factors} />
      {requiredControls.length > 0 && (
        <p className="small">
          <span className="quiet">It asks for: </span>
          {requiredControls.map((one) => (
            <span key={one} className="tag">
              {one.replaceAll('-', ' ')}
            </span>
          ))}
        </p>
      )}
      {recommendations.length > 0 && (
        <ul className="small">
          {recommendations.map((one) => (
            <li key={one}>{oneLine(one)}</li>
          ))}
        </ul>
      )}
      <p className="small quiet">
        Assessed <Time at={newest.assessedAt} />, <A to={`/ledger/records/${newest.recordId}`}>its record and proof</A>
      </p>
    </>
  )
}

/** From the best case of what is not known to the worst, over the bands of the levels. */
function Range({ score }: { readonly score: Assessment['score'] }) {
  const at = (value: number) => (value / scoreMax) * 100
  const label = `score ${score.used}, between ${score.low} and ${score.high}; low to 4, medium to 8, high to 12, critical above`
  return (
    <svg className="range" role="img" aria-label={label}>
      <title>{label}</title>
      <rect className="range-ground" x="0" y="6" width="100%" height="14" rx="4" />
      <rect
        className="range-part"
        x={`${at(score.low)}%`}
        y="6"
        width={`${Math.max(at(score.high) - at(score.low), 0.6)}%`}
        height="14"
      />
      {bounds.map((bound) => (
        <rect key={bound} className="range-bound" x={`${at(bound)}%`} y="2" width="1" height="22" />
      ))}
      <rect className="range-mark" x={`${at(score.used)}%`} y="2" width="3" height="22" />
    </svg>
  )
}

const names: Readonly<Record<Assessment['factors'][number]['name'], string>> = {
  dataSensitivity: 'Sensitivity of data',
  systemCriticality: 'Criticality of the system',
  regulatoryImpact: 'Regulatory impact',
  aiComplexity: 'Complexity',
  aiGenerated: 'Made by AI',
  humanReviewed: 'Reviewed by a human',
}
const sources = { derived: 'pass', default: 'not_applicable', unknown: 'unknown' } as const
const sourceWords = { derived: 'from what is known', default: 'nothing was said', unknown: 'unknown' } as const

function Factors({ factors }: { readonly factors: Assessment['factors'] }) {
  return (
    <SideScroll label="Table: Factors">
      <table className="twin">
        <thead>
          <tr>
            <th>Factor</th>
            <th>Value</th>
            <th className="end">Counts</th>
            <th>Source</th>
            <th>Because</th>
          </tr>
        </thead>
        <tbody>
          {factors.map(({ name, value, points, multiplier, source, reason }) => (
            <tr key={name}>
              <td>{names[name]}</td>
              <td>{value.replaceAll('_', ' ')}</td>
              <td className="end">{multiplier === undefined ? `+ ${points ?? 0}` : `× ${multiplier}`}</td>
              <td>
                <Status status={sources[source]} word={sourceWords[source]} />
              </td>
              <td className="wrap">{oneLine(reason)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </SideScroll>
  )
}

function Before({ assessments }: { readonly assessments: readonly Assessment[] }) {
  return (
    <details>
      <summary>Assessed before: {assessments.length}</summary>
      <ul className="list small">
        {assessments.map((one) => (
          <li key={one.id} className="spread">
            <span>
              <Level level={one.level} /> {one.score.used} ({one.score.low} to {one.score.high})
            </span>
            <A to={`/ledger/records/${one.recordId}`}>
              <Time at={one.assessedAt} />
            </A>
          </li>
        ))}
      </ul>
    </details>
  )
}
