import { A, grouped, percent, SideScroll, Status, type useAnswer } from '#console'
import './gate-months.css'
import { daysOf, totalOf, trendOf } from './trend.ts'

type Months = NonNullable<ReturnType<typeof useAnswer<'GET /v1/gates/merge/figures'>>['data']>['months']

/** From the ground up. */
const results = ['pass', 'unknown', 'fail', 'error'] as const

/** What the merge gate says now of the changes of each month, as columns; the table after them is their twin. */
export function GateMonths({ months }: { readonly months: Months }) {
  return (
    <section className="card" aria-labelledby="gate-months">
      <h2 id="gate-months">Merge gate by month of merging</h2>
      <Trend months={months} />
      <Columns months={months} />
      <ul className="legend">
        {results.map((result) => (
          <li key={result}>
            <i className={`gate-key gate-${result}`} aria-hidden="true" />
            <Status status={result} />
          </li>
        ))}
      </ul>
      <details>
        <summary>The same as a table, each figure with its changes</summary>
        <Twin months={months} />
      </details>
    </section>
  )
}

function Trend({ months }: { readonly months: Months }) {
  const trend = trendOf(months, new Date())
  if (trend === undefined) return null
  const { now, before, first, last } = trend
  const [share, was] = [percent(now, 1), percent(before, 1)]
  const word = share === was ? 'It stays as it was' : now > before ? 'It gets better' : 'It gets worse'
  return (
    <p>
      {word}: {share} of the changes of {first} to {last} pass, and {was} of those of the three months before.
    </p>
  )
}

/** Parts of each month; the pointer opens them here, the keyboard and screen readers in the table. */
function Columns({ months }: { readonly months: Months }) {
  return (
    <div aria-hidden="true">
      <div className="gate-columns">
        {months.map((one) => (
          <div key={one.month} className="gate-column">
            {results.toReversed().map((result) =>
              one[result] === 0 ? null : (
                <div key={result} style={{ flexGrow: one[result] }}>
                  <A
                    to="/changes"
                    query={{ gate: result, ...daysOf(one.month) }}
                    className={`gate-${result}`}
                    title={`${one.month}: ${grouped(one[result])} of ${grouped(totalOf(one))} ${result}`}
                    tabIndex={-1}
                  />
                </div>
              ),
            )}
          </div>
        ))}
      </div>
      <div className="spread quiet small">
        <span>{months[0]?.month}</span>
        <span>{months.at(-1)?.month}</span>
      </div>
    </div>
  )
}

function Twin({ months }: { readonly months: Months }) {
  return (
    <SideScroll label="Table: merge gate by month">
      <table className="twin">
        <thead>
          <tr>
            <th>Month</th>
            {results.map((result) => (
              <th key={result} className="end">
                {result}
              </th>
            ))}
            <th className="end">Share of passes</th>
          </tr>
        </thead>
        <tbody>
          {months.toReversed().map((one) => (
            <tr key={one.month}>
              <td className="month">
                <A to="/changes" query={daysOf(one.month)}>
                  {one.month}
                </A>
              </td>
              {results.map((result) => (
                <td key={result} className="end">
                  {one[result] === 0 ? (
                    '0'
                  ) : (
                    <A to="/changes" query={{ gate: result, ...daysOf(one.month) }}>
                      {grouped(one[result])}
                    </A>
                  )}
                </td>
              ))}
              <td className="end">{percent(one.pass, totalOf(one))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </SideScroll>
  )
}
