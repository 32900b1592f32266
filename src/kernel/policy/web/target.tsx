import { A } from '#console'

/** Where the page of a decision's target is: `change:chg_…`, `repository:repo_…`; commits have none. */
export function Target({ target }: { readonly target: string }) {
  const at = target.indexOf(':')
  const [type, id] = [target.slice(0, at), target.slice(at + 1)]
  if (type === 'change') return <A to={`/changes/${id}`}>{target}</A>
  if (type === 'repository')
    return (
      <A to="/changes" query={{ repositoryId: id }}>
        {target}
      </A>
    )
  return <span className="mono small">{target}</span>
}
