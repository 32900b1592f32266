import {
  A,
  bytes,
  counted,
  Digest,
  Facts,
  oneLine,
  PageHead,
  ProblemNote,
  percent,
  SideScroll,
  Skeleton,
  Status,
  Time,
  useAnswer,
  useParam,
} from '#console'
import { stateOf, titleOf, told } from './summary.ts'

export type Evidence = NonNullable<ReturnType<typeof useAnswer<'GET /v1/evidence/{id}'>>['data']>
type Parsed = Evidence['parsed']

/** One report: what it is about, what was read of it, and its stored bytes. */
export function Page() {
  const id = useParam('id')
  const found = useAnswer('GET /v1/evidence/{id}', { params: { id } })
  if (found.error !== null) return <ProblemNote problem={found.error} retry={() => void found.refetch()} />
  if (found.data === undefined) return <Skeleton height={420} />
  const evidence = found.data
  const { parsed } = evidence
  return (
    <>
      <PageHead
        title={`${titleOf(evidence.format)} report`}
        about={
          <>
            Attached <Time at={evidence.addedAt} />
            {told(evidence.summary) === '' ? '' : `: ${told(evidence.summary)}`}
          </>
        }
        actions={
          <>
            <A to={`/ledger/records/${evidence.recordId}`}>its record and proof</A>
            <a href={`/v1/evidence/${evidence.id}/content`} download={evidence.id}>
              stored bytes
            </a>
            <a href={`/v1/evidence/${evidence.id}`}>as JSON</a>
          </>
        }
      />
      <div className="cards">
        <About evidence={evidence} />
        <Used evidence={evidence} />
        <Tests tests={parsed.tests} />
        <Findings findings={parsed.findings} />
        <Coverage coverage={parsed.coverage} />
        <Components components={parsed.components} />
        <Rest parsed={parsed} />
      </div>
    </>
  )
}

function About({ evidence }: { readonly evidence: Evidence }) {
  const { summary, commit, artifact } = evidence
  const { tool, producedAt, schema, scans } = summary
  const [status, word] = stateOf(summary)
  return (
    <section className="card half" aria-label="About">
      <Facts
        facts={[
          ['State', <Status key="state" status={status} word={word} />],
          ...schema.problems.map((one): [string, React.ReactNode] => ['Schema', oneLine(one)]),
          ['Tool', tool === null ? 'not named' : oneLine(`${tool.name} ${tool.version ?? ''}`)],
          ['Made', producedAt === null ? 'not said' : oneLine(producedAt)],
          ...(scans.length === 0 ? [] : ([['Scans for', scans.join(', ')]] as const)),
          ...(commit === null
            ? []
            : ([['Commit', <Digest key="commit" value={commit} keep={12} label="commit" />]] as const)),
          ...(artifact === null
            ? []
            : ([['Artifact', <Digest key="artifact" value={artifact} keep={12} label="artifact" />]] as const)),
          ['Digest', <Digest key="digest" value={evidence.sha256} keep={16} label="digest" />],
          ['Size', `${bytes(evidence.bytes)}, ${counted(summary.redactions, 'secret')} taken out`],
        ]}
      />
    </section>
  )
}

/** The changes that have its commit: their gate reads it. */
function Used({ evidence }: { readonly evidence: Evidence }) {
  const { commit, repositoryId } = evidence
  const changes = useAnswer(
    'GET /v1/changes',
    { query: { q: commit ?? '', repositoryId: repositoryId ?? undefined, limit: 20 } },
    { enabled: commit !== null },
  )
  return (
    <section className="card half" aria-label="Where it is used">
      <h2>Where it is used</h2>
      {commit === null && <p className="quiet">It speaks of an artifact, not of a commit.</p>}
      <ul className="list">
        {(changes.data?.items ?? []).map((one) => (
          <li key={one.id}>
            <A to={`/changes/${one.id}`}>{oneLine(one.title) || '(no title)'}</A>
          </li>
        ))}
      </ul>
      {commit !== null && changes.data?.items.length === 0 && (
        <p className="quiet">
          No change that was read ends with its commit; one that holds the commit within reads it too.
        </p>
      )}
      <p className="small">
        {commit !== null && (
          <A to="/assurance/evidence" query={{ commit }}>
            everything about this commit
          </A>
        )}
      </p>
    </section>
  )
}

function Tests({ tests }: { readonly tests: Parsed['tests'] }) {
  if (tests === null) return null
  return (
    <section className="card half" aria-label="Tests">
      <h2>Tests</h2>
      <Facts
        facts={[
          ['Run', counted(tests.total, 'test')],
          ['Passed', String(tests.passed)],
          ['Failed', String(tests.failed)],
          ['Broke', String(tests.errors)],
          ['Skipped', String(tests.skipped)],
        ]}
      />
    </section>
  )
}

const shownMax = 200

function Findings({ findings }: { readonly findings: Parsed['findings'] }) {
  if (findings.length === 0) return null
  return (
    <section className="card" aria-label="Findings">
      <h2>{counted(findings.length, 'finding')}</h2>
      <SideScroll label="Table: Findings">
        <table className="twin">
          <thead>
            <tr>
              <th>Severity</th>
              <th>Rule</th>
              <th>What</th>
              <th>Where</th>
              <th>Mended by</th>
            </tr>
          </thead>
          <tbody>
            {findings.slice(0, shownMax).map((one) => (
              <tr key={one.fingerprint}>
                <td>
                  {one.severity}
                  {one.suppressed && <span className="tag"> suppressed</span>}
                </td>
                <td className="mono small">{oneLine(one.ruleId)}</td>
                <td className="wrap">{oneLine(one.title)}</td>
                <td className="mono small wrap">{placeOf(one)}</td>
                <td className="small wrap">{fixOf(one)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </SideScroll>
      <More total={findings.length} />
    </section>
  )
}

function placeOf({ path, line }: { readonly path: string | null; readonly line: number | null }): string {
  if (path === null) return ''
  return line === null ? oneLine(path) : `${oneLine(path)}:${line}`
}

function fixOf({ package: about }: Parsed['findings'][number]): string {
  if (about === undefined || about.fixedIn === null) return ''
  return oneLine(`${about.name} ${about.fixedIn}`)
}

function More({ total }: { readonly total: number }) {
  return total > shownMax ? <p className="small quiet">The first {shownMax}; the JSON has all of them.</p> : null
}

function Coverage({ coverage }: { readonly coverage: Parsed['coverage'] }) {
  if (coverage === null) return null
  return (
    <section className="card" aria-label="Coverage">
      <h2>{percent(coverage.linesHit, coverage.linesTotal)} of lines covered</h2>
      <SideScroll label="Table: Coverage">
        <table className="twin">
          <thead>
            <tr>
              <th>File</th>
              <th className="end">Lines</th>
              <th className="end">Covered</th>
            </tr>
          </thead>
          <tbody>
            {coverage.files.slice(0, shownMax).map((one) => (
              <tr key={one.path}>
                <td className="mono small wrap">{oneLine(one.path)}</td>
                <td className="end">{one.linesTotal}</td>
                <td className="end">{percent(one.linesHit, one.linesTotal)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </SideScroll>
      <More total={coverage.files.length} />
    </section>
  )
}

function Components({ components }: { readonly components: Parsed['components'] }) {
  if (components === null) return null
  return (
    <section className="card" aria-label="Components">
      <h2>{counted(components.length, 'component')}</h2>
      <SideScroll label="Table: Components">
        <table className="twin">
          <thead>
            <tr>
              <th>Name</th>
              <th>Version</th>
              <th>Licences</th>
            </tr>
          </thead>
          <tbody>
            {components.slice(0, shownMax).map((one) => (
              <tr key={`${one.purl} ${one.name} ${one.version}`}>
                <td className="wrap">{oneLine(one.name)}</td>
                <td>{oneLine(one.version)}</td>
                <td className="wrap">{oneLine(one.licenses.join(', '))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </SideScroll>
      <More total={components.length} />
    </section>
  )
}

/** What has no table of its own: as it was read. */
function Rest({ parsed }: { readonly parsed: Parsed }) {
  const { vex, statement, pullRequest, interactions, dependencies } = parsed
  const rest = { vex, statement, pullRequest, interactions, dependencies }
  const known = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null))
  if (Object.keys(known).length === 0) return null
  return (
    <section className="card" aria-label="As it was read">
      <h2>As it was read</h2>
      <SideScroll label="The report as JSON">
        <pre className="mono small">{JSON.stringify(known, undefined, 2).split('\n').map(oneLine).join('\n')}</pre>
      </SideScroll>
    </section>
  )
}
