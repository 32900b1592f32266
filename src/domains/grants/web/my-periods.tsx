import { A, oneLine, Time, useAnswer } from '#console'

/** Tells whoever looks when they work without AI tools: now, and next. */
export function MyPeriods() {
  const found = useAnswer(
    'GET /v1/ai-free-periods',
    { query: { of: 'me', limit: 2 } },
    { kinds: ['ai-free-period', 'roles'] },
  )
  const next = found.data?.items ?? []
  if (next.length === 0) return null
  return (
    <section className="card stack" aria-label="AI-free periods">
      {next.map((one) => (
        <p key={one.id}>
          <b>{one.state === 'running' ? 'No AI tools now' : 'No AI tools'}</b>: {oneLine(one.reason)},{' '}
          {one.state === 'running' ? (
            <>
              until <Time at={one.endsAt} exact />
            </>
          ) : (
            <>
              from <Time at={one.startsAt} exact /> until <Time at={one.endsAt} exact />
            </>
          )}
          {one.teamName === null ? '' : `, for ${oneLine(one.teamName)}`}.{' '}
          <A to="/ai-free-periods">All AI-free periods</A>
        </p>
      ))}
    </section>
  )
}
