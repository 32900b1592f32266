import { Copy, Digest, PageHead, ProblemNote, SideScroll, Skeleton, useAnswer } from '#console'

const uses = { log: 'signs checkpoints', records: 'signs records', packs: 'signs evidence packs' } as const

/** The public keys of this installation, for who wants to pin them. */
export function Page() {
  const found = useAnswer('GET /v1/keys', {})
  return (
    <>
      <PageHead
        title="Keys"
        about="What everything of this installation is signed with. Tell the fingerprint to auditors by another way than the pack."
      />
      {found.error !== null && <ProblemNote problem={found.error} />}
      {found.data === undefined && found.error === null && <Skeleton height={200} />}
      {found.data !== undefined && (
        <div className="stack">
          <section className="card" aria-label="Fingerprint">
            <h2>Fingerprint of all of them</h2>
            <p className="mono wrap">
              {found.data.fingerprint} <Copy value={found.data.fingerprint} label="fingerprint" />
            </p>
            <p className="quiet small">
              Of the log <span className="mono">{found.data.origin}</span>. `countersign verify PACK` prints it; with
              `--keys` it accepts no others.
            </p>
          </section>
          <section className="card" aria-label="Keys">
            <SideScroll label="Table: Keys">
              <table className="twin">
                <thead>
                  <tr>
                    <th>Use</th>
                    <th>Id</th>
                    <th>Public key</th>
                  </tr>
                </thead>
                <tbody>
                  {found.data.keys.map((one) => (
                    <tr key={one.use + one.id}>
                      <td>{uses[one.use]}</td>
                      <td className="mono">{one.id}</td>
                      <td>
                        <Digest value={one.publicKey} keep={28} label="public key" />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </SideScroll>
          </section>
        </div>
      )}
    </>
  )
}
