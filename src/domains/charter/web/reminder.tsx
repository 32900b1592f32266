import { A, oneLine, Time, useAnswer } from '#console'

/** On every page, until whoever looks has acknowledged the charter in force. */
export function CharterReminder() {
  const { data } = useAnswer('GET /v1/charter/acknowledgement', {}, { kinds: ['charter'] })
  const standing = data?.acknowledgement
  if (data === undefined || standing == null || standing.state === 'acknowledged') return null
  return (
    <div className="notice" role="status">
      {standing.state === 'grace' ? 'Until ' : 'Since '}
      <Time at={standing.dueAt} /> {standing.state === 'grace' ? 'you have' : 'you have had'} to acknowledge version{' '}
      {data.version} of the {oneLine(data.title)}. <A to="/policy/charter">Read it</A>
    </div>
  )
}
