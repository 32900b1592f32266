import { Empty, More, ProblemNote, Skeleton, Time, useList } from '#console'

const ways = {
  link: 'by a sign-in link',
  passkey: 'by a passkey',
  oidc: 'at an identity provider',
  recovery: 'by a recovery that two people approved',
} as const

/** When and how the signed-in person signed in. */
export function SignInHistory() {
  const list = useList('GET /v1/sign-ins', { query: { limit: 20 } }, { kinds: ['session'] })
  return (
    <section className="card flush" aria-label="Sign-ins">
      <h2>Your sign-ins</h2>
      {list.error !== null && <ProblemNote problem={list.error} retry={list.retry} />}
      {list.isLoading && list.error === null && <Skeleton height={60} />}
      {!list.isLoading && list.error === null && list.items.length === 0 && (
        <Empty title="None is kept">
          <p>They are listed from the next one on.</p>
        </Empty>
      )}
      <ul className="list">
        {list.items.map((one) => (
          <li key={one.sessionId}>
            <Time at={one.at} /> {one.method === null ? 'in a way that was not kept' : ways[one.method]},{' '}
            <span className="quiet small">
              {one.kind === 'browser' ? 'in a browser' : 'for a token'},{' '}
              {one.endedAt === null ? (
                <>
                  until <Time at={one.expiresAt} /> at most
                </>
              ) : (
                <>
                  ended <Time at={one.endedAt} />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
      <More list={list} />
    </section>
  )
}
