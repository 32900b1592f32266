import { type Item, Status } from '#console'

type State = Item<'GET /v1/recoveries'>['state']

export const recoveryStates = [
  ['open', 'waiting'],
  ['approved', 'approved'],
  ['rejected', 'rejected'],
  ['expired', 'over'],
] as const

export function RecoveryState({ state }: { readonly state: State }) {
  const status = { open: 'unknown', approved: 'pass', rejected: 'fail', expired: 'not_applicable' } as const
  return <Status status={status[state]} word={recoveryStates.find(([one]) => one === state)?.[1] ?? state} />
}
