import { A, grouped, type Item, More, oneLine, ProblemNote, Skeleton, Status, Time, useAnswer, useList } from '#console'

/** Who has not acknowledged the version in force, for whoever may know. */
export function Missing({ version }: { readonly version: number }) {
  const session = useAnswer('GET /v1/session', {})
  const scopes = session.data?.scopes ?? []
  if (!scopes.includes('*') && !scopes.includes('charter:read-acknowledgements')) return null
  return <List version={version} />
}

function List({ version }: { readonly version: number }) {
  const input = { query: { state: 'missing', limit: 50 } } as const
  const counts = useAnswer('GET /v1/charter/acknowledgements', { query: { limit: 1 } }, { kinds: ['charter', 'user'] })
  const list = useList('GET /v1/charter/acknowledgements', input, { kinds: ['charter', 'user'] })
  return (
    <section className="card flush" aria-label="Not acknowledged">
      <div className="spread">
        <h2>Who has not acknowledged it</h2>
        {counts.data !== undefined && (
          <span className="quiet">
            {counts.data.acknowledged} of {grouped(counts.data.people)} people have acknowledged version {version}
          </span>
        )}
      </div>
      {list.error !== null && <ProblemNote problem={list.error} retry={list.retry} />}
      {list.isLoading && list.error === null && <Skeleton height={60} />}
      {!list.isLoading && list.items.length === 0 && list.error === null && <p>Everybody has.</p>}
      <ul className="list">
        {list.items.map((one) => (
          <Row key={one.userId} standing={one} />
        ))}
      </ul>
      <More list={list} />
    </section>
  )
}

function Row({ standing }: { readonly standing: Item<'GET /v1/charter/acknowledgements'> }) {
  const { userId, name, state, dueAt } = standing
  return (
    <li className="spread">
      <A to={`/people/users/${userId}`}>{name === null ? 'the owner of this installation' : oneLine(name)}</A>
      <span className="row">
        <Status
          status={state === 'overdue' ? 'fail' : 'unknown'}
          word={state === 'overdue' ? 'overdue since' : 'due'}
        />
        <Time at={dueAt} />
      </span>
    </li>
  )
}
