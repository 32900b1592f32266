import { PageHead, ProblemNote, Skeleton, Status, useAnswer } from '#console'

/** What runs, what is wrong and what to do: what `countersign doctor` says of this server. */
export function Page() {
  const found = useAnswer('GET /v1/doctor', {}, { refetchMs: () => 10_000 })
  return (
    <>
      <PageHead
        title="Health"
        about={
          <>
            What <code>countersign doctor</code> says of this server
            {found.data === undefined ? '' : `, version ${found.data.version}`}.
          </>
        }
        actions={<a href="/metrics">metrics</a>}
      />
      {found.error !== null && <ProblemNote problem={found.error} retry={() => void found.refetch()} />}
      {found.data === undefined && found.error === null && <Skeleton height={260} />}
      {found.data !== undefined && (
        <section className="card flush" aria-label="Findings">
          <ul className="list">
            {found.data.findings.map(({ what, status, detail, fix }) => (
              <li key={what}>
                <div className="spread">
                  <span>
                    <b>{what}</b> <span className="quiet wrap">{detail}</span>
                  </span>
                  <Status status={status} />
                </div>
                {fix !== undefined && <p className="small">To do: {fix}</p>}
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}
