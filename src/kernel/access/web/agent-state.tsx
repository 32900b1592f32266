import { Status } from '#console'

export const agentStates = [
  ['active', 'may act'],
  ['suspended', 'suspended'],
  ['expired', 'expired'],
  ['without-sponsor', 'without sponsor'],
  ['retired', 'retired'],
] as const

/** Whether an agent may act. */
export function AgentState({ state }: { readonly state: (typeof agentStates)[number][0] }) {
  const word = agentStates.find(([one]) => one === state)?.[1] ?? state
  const status = state === 'active' ? 'pass' : state === 'retired' ? 'not_applicable' : 'fail'
  return <Status status={status} word={word} />
}
