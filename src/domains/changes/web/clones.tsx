import { bytes, oneLine, Progress, Status, useAct, useAnswer } from '#console'

/** Addresses that are being fetched, or could not be. */
export function Clones() {
  const found = useAnswer(
    'GET /v1/clones',
    {},
    {
      kinds: ['clone', 'repository'],
      refetchMs: (reply) =>
        reply?.items.some((one) => one.state === 'waiting' || one.state === 'fetching') === true ? 1500 : false,
    },
  )
  const open = (found.data?.items ?? []).filter((one) => one.state !== 'done')
  const again = useAct('POST /v1/clones', ['clone', 'repository'])
  if (open.length === 0) return null
  return (
    <section className="card stack" aria-label="Being fetched">
      <h2>Being fetched</h2>
      {open.map(({ id, url, state, phase, part, bytes: size, problem }) => (
        <div key={id}>
          <div className="spread">
            <span className="mono small wrap">{oneLine(url)}</span>
            {state === 'failed' && (
              <button type="button" className="plain" onClick={() => again.mutate({ body: { url } })}>
                Try again
              </button>
            )}
          </div>
          {state === 'failed' ? (
            <p>
              <Status status="fail" word="could not be fetched" />{' '}
              <span className="wrap">{oneLine(problem ?? '')}</span>
            </p>
          ) : (
            <>
              <Progress label={`Fetching ${oneLine(url)}`} part={part ?? undefined} />
              <p className="small quiet">
                {state === 'waiting' ? 'about to be fetched' : `${phase ?? 'fetching'}, ${bytes(size)}`}. It goes on
                when you leave this page.
              </p>
            </>
          )}
        </div>
      ))}
    </section>
  )
}
