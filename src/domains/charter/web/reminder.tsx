import { A, oneLine, Time, useAnswer } from '#console'

/** On every page, until whoever looks has acknowledged the charter in force. */
export function CharterReminder() {
  const { data } = useAnswer('GET /v1/charter/acknowledgement', {}, { kinds: ['charter'] })
  const standing = data?.acknowledgement
  if (data === undefined || standing == null || standing.state === 'acknowledged') return null
  return (
    <div className="notice" role="status">
      You have to acknowledge version {data.version} of the {oneLine(data.title)}:{' '}
      {standing.state === 'grace' ? 'the time for it ends ' : 'the time for it ended '}
      <Time at={standing.dueAt} />. <A to="/policy/charter">Read it</A>
    </div>
  )
}
