import { Status } from '#console'

interface Outcome {
  readonly result: 'pass' | 'fail' | 'unknown' | 'error'
  readonly decision: 'allow' | 'deny'
  readonly enforced: boolean
}

/** What the rules said, and what the last word was where it is another one. */
export function Result({ result, decision, enforced }: Outcome) {
  const isOverruled = (result === 'pass') !== (decision === 'allow')
  return (
    <span className="row">
      <Status status={result} />
      {isOverruled && <span className="tag">{decision === 'allow' ? 'allowed' : 'denied'}</span>}
      {!enforced && <span className="tag">not enforced</span>}
    </span>
  )
}
