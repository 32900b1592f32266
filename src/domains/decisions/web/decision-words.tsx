import { type Item, Status } from '#console'

type State = Item<'GET /v1/architecture-decisions'>['state']

export const stateWords = {
  requested: ['unknown', 'waiting'],
  approved: ['pass', 'approved'],
  'approved-with-conditions': ['pass', 'with conditions'],
  rejected: ['fail', 'rejected'],
  withdrawn: ['not_applicable', 'withdrawn'],
  superseded: ['not_applicable', 'replaced'],
  expired: ['not_applicable', 'over'],
} as const satisfies Record<State, readonly ['pass' | 'fail' | 'unknown' | 'not_applicable', string]>

export function DecisionStatus({ state }: { readonly state: State }) {
  const [status, word] = stateWords[state]
  return <Status status={status} word={word} />
}
