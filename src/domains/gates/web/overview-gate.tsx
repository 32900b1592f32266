import { A, capital, counted, grouped, ProblemNote, percent, Skeleton, Status, Told, useAnswer } from '#console'
import { GateMonths } from './gate-months.tsx'

const results = ['fail', 'error', 'unknown', 'pass'] as const

/** What the merge gate says now of all changes, and what it waits for, that of most changes first. */
export function Part() {
  const found = useAnswer('GET /v1/gates/merge/figures', {}, { kinds: ['decision'] })
  const figures = found.data
  return (
    <>
      <section
        className="card half stack"
        aria-labelledby="gate"
        aria-busy={figures === undefined && found.error === null}
      >
        <h2 id="gate">Merge gate</h2>
        {found.error !== null && <ProblemNote problem={found.error} retry={() => void found.refetch()} />}
        {figures === undefined && found.error === null && <Skeleton height={150} />}
        {figures?.judged === 0 && (
          <p className="quiet">No change has been judged yet; that follows the import of a repository by itself.</p>
        )}
        {figures !== undefined && figures.judged > 0 && (
          <>
            <A to="/changes" query={{ gate: 'pass' }} className="figure">
              {`${percent(figures.results.pass, figures.judged)} pass`}
            </A>
            <table className="twin">
              <thead>
                <tr>
                  <th>Result</th>
                  <th className="end">Changes</th>
                </tr>
              </thead>
              <tbody>
                {results.map((result) => (
                  <tr key={result}>
                    <td>
                      <Status status={result} />
                    </td>
                    <td className="end">
                      <A to="/changes" query={{ gate: result }}>
                        {grouped(figures.results[result])}
                      </A>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </>
        )}
      </section>
      {figures !== undefined && figures.months.length > 1 && <GateMonths months={figures.months} />}
      {figures === undefined && found.error === null && (
        <section className="card" aria-busy="true" aria-label="What the gate does not know">
          <Skeleton height={240} />
        </section>
      )}
      {figures !== undefined && figures.missing.length > 0 && <Missing missing={figures.missing} />}
    </>
  )
}

const missingShown = 6

type Fact = NonNullable<ReturnType<typeof useAnswer<'GET /v1/gates/merge/figures'>>['data']>['missing'][number]

/** Facts that enforced rules wait for, each with the one step that makes it known. */
function Missing({ missing }: { readonly missing: readonly Fact[] }) {
  return (
    <section className="card flush" aria-labelledby="missing">
      <h2 id="missing">What the gate does not know, and what makes it known</h2>
      <Facts missing={missing.slice(0, missingShown)} />
      {missing.length > missingShown && (
        <details style={{ padding: '0 16px 12px' }}>
          <summary>{grouped(missing.length - missingShown)} more</summary>
          <Facts missing={missing.slice(missingShown)} />
        </details>
      )}
    </section>
  )
}

function Facts({ missing }: { readonly missing: readonly Fact[] }) {
  return (
    <ul className="list">
      {missing.map(({ what, changes, howToKnow }) => (
        <li key={what}>
          <div className="spread">
            <b>{capital(what)}</b>
            <A to="/changes" query={{ gate: 'unknown' }}>
              {counted(changes, 'change')}
            </A>
          </div>
          <p className="quiet small wrap">
            <Told text={howToKnow} />
          </p>
        </li>
      ))}
    </ul>
  )
}
