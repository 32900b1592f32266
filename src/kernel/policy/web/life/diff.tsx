import { A, counted, oneLine, ProblemNote, type Reply, SideScroll, Skeleton, useAnswer } from '#console'
import { lifeKinds, type Version, versionPath } from './words.tsx'

type PackDiff = Reply<'GET /v1/policy-packs/{id}/versions/{version}/diff'>

/** What it changes in what is in force, rule by rule. */
export function Diff({ one }: { readonly one: Version }) {
  const { packId: id, version, state } = one
  const found = useAnswer(
    'GET /v1/policy-packs/{id}/versions/{version}/diff',
    { params: { id, version }, query: {} },
    { kinds: lifeKinds, enabled: state !== 'in_force' },
  )
  if (state === 'in_force') return null
  return (
    <section className="card stack" aria-label="Difference">
      <h2>What it changes in what is in force</h2>
      {found.error?.code === 'policy_version_unusable' ? (
        <p className="quiet">It has mistakes: mend them, and the difference is shown here.</p>
      ) : (
        found.error !== null && <ProblemNote problem={found.error} retry={() => void found.refetch()} />
      )}
      {found.isPending && <Skeleton height={80} />}
      {found.data !== undefined && <Outcome packId={id} diff={found.data} />}
    </section>
  )
}

function Outcome({ packId, diff }: { readonly packId: string; readonly diff: PackDiff }) {
  const { before, added, removed, changed, params, variables } = diff
  const isSame = [added, removed, changed, params, variables].every((list) => list.length === 0)
  return (
    <>
      <p className="small quiet">
        {before === null ? (
          'Nothing of this pack is in force: every rule is new.'
        ) : (
          <>
            Compared with <A to={versionPath(packId, before)}>{before}</A>.
          </>
        )}
      </p>
      {isSame && <p>No rule, parameter or variable is another one.</p>}
      <Names title="new" names={added} />
      <Names title="gone" names={removed} />
      {changed.map(({ rule, changes }) => (
        <Table
          key={rule}
          title={rule}
          rows={changes.map(({ what, before: was, after }) => ({ name: what, before: was, after }))}
        />
      ))}
      {params.length > 0 && <Table title="Parameters" rows={params} />}
      {variables.length > 0 && <Table title="Variables" rows={variables} />}
    </>
  )
}

function Names({ title, names }: { readonly title: string; readonly names: readonly string[] }) {
  if (names.length === 0) return null
  return (
    <div>
      <h3>
        {counted(names.length, 'rule')} {title}
      </h3>
      <ul className="list flat small mono">
        {names.map((name) => (
          <li key={name}>{oneLine(name)}</li>
        ))}
      </ul>
    </div>
  )
}

interface Row {
  readonly name: string
  readonly before: string | null
  readonly after: string | null
}

function Table({ title, rows }: { readonly title: string; readonly rows: readonly Row[] }) {
  return (
    <div>
      <h3 className={title.includes('.') ? 'mono' : ''}>{oneLine(title)}</h3>
      <SideScroll label={`Table: What changes of ${oneLine(title)}`}>
        <table className="twin">
          <thead>
            <tr>
              <th>What</th>
              <th>In force</th>
              <th>This version</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, before, after }) => (
              <tr key={name}>
                <td>{oneLine(name)}</td>
                <td className="wrap mono small">{oneLine(before ?? 'none')}</td>
                <td className="wrap mono small">{oneLine(after ?? 'none')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </SideScroll>
    </div>
  )
}
