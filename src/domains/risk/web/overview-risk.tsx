import { A, counted, grouped, Level, ProblemNote, percent, Skeleton, useAnswer } from '#console'

const levels = ['critical', 'high', 'medium', 'low'] as const

/** How the changes spread over the levels of risk; each level opens its changes. */
export function Part() {
  const found = useAnswer('GET /v1/risk/figures', {}, { kinds: ['risk'] })
  const counts = found.data?.changes
  const total = counts === undefined ? 0 : levels.reduce((sum, level) => sum + counts[level], 0)
  return (
    <section
      className="card half stack"
      aria-labelledby="risk"
      aria-busy={counts === undefined && found.error === null}
    >
      <h2 id="risk">Risk of changes</h2>
      {found.error !== null && <ProblemNote problem={found.error} retry={() => void found.refetch()} />}
      {counts === undefined && found.error === null && <Skeleton height={150} />}
      {counts !== undefined && total === 0 && (
        <p className="quiet">No change has been assessed yet; that follows the import of a repository by itself.</p>
      )}
      {counts !== undefined && total > 0 && (
        <>
          <A to="/assurance/risk" className="figure">
            {counted(total, 'change')}
          </A>
          <table className="twin">
            <thead>
              <tr>
                <th>Level</th>
                <th className="end">Changes</th>
                <th className="end">Share</th>
              </tr>
            </thead>
            <tbody>
              {levels.map((level) => (
                <tr key={level}>
                  <td>
                    <Level level={level} />
                  </td>
                  <td className="end">
                    <A to="/changes" query={{ risk: level }}>
                      {grouped(counts[level])}
                    </A>
                  </td>
                  <td className="end">{percent(counts[level], total)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </section>
  )
}
