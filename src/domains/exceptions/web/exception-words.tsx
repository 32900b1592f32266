import { type Item, Status, type StatusName } from '#console'

export type ExceptionRow = Item<'GET /v1/exceptions'>
type State = ExceptionRow['state']

export const states = [
  ['asked', 'waiting'],
  ['approved', 'holds'],
  ['rejected', 'rejected'],
  ['revoked', 'revoked'],
  ['ended', 'ended'],
] as const

const marks: Readonly<Record<State, StatusName>> = {
  asked: 'unknown',
  approved: 'excepted',
  rejected: 'fail',
  revoked: 'not_applicable',
  ended: 'not_applicable',
}

/** Where it stands; one that holds says when that is soon over, and when nothing needs it. */
export function ExceptionState({ one }: { readonly one: Pick<ExceptionRow, 'state' | 'warning' | 'isUnused'> }) {
  const { state, warning, isUnused } = one
  const word = states.find(([name]) => name === state)?.[1] ?? state
  return (
    <span className="row">
      <Status status={marks[state]} word={word} />
      {warning !== null && <span className="tag">ends within {warning === 1 ? 'a day' : `${warning} days`}</span>}
      {isUnused && <span className="tag">unused</span>}
    </span>
  )
}

/** The address of the form that asks for one, filled in. */
export function askQuery(one: {
  readonly ruleId: string
  readonly repositoryId: string
  readonly fingerprint?: string | null
  readonly renews?: string
}) {
  const { ruleId, repositoryId, fingerprint, renews } = one
  return { ask: '1', rule: ruleId, repository: repositoryId, finding: fingerprint ?? undefined, renews }
}
