import { defineError } from '#platform/errors.ts'
import type { AgentState } from './model.ts'

const sentences: Readonly<Record<Exclude<AgentState, 'active'>, string>> = {
  suspended: 'it is suspended',
  expired: 'its registration has expired',
  'without-sponsor': 'the person who answered for it cannot sign in any more',
  retired: 'it was retired',
}

/** The one answer that an agent gets which may not act, on every route. */
export const AgentMayNotAct = defineError<{ agentId: string; state: Exclude<AgentState, 'active'> }>(
  'agent_may_not_act',
  403,
  ({ agentId, state }) => `agent \`${agentId}\` may not act: ${sentences[state]}`,
  'its sponsor sees why by `countersign agent show`, and mends it',
)
export const AgentNotFound = defineError<{ agentId: string }>(
  'agent_not_found',
  404,
  ({ agentId }) => `agent \`${agentId}\` does not exist`,
)
export const AgentNotYours = defineError<{ agentId: string }>(
  'agent_not_yours',
  403,
  ({ agentId }) => `you are not the sponsor of agent \`${agentId}\``,
  'ask its sponsor, or somebody with the permission `agent:administer`',
)
export const AgentOver = defineError<{ agentId: string }>(
  'agent_over',
  409,
  ({ agentId }) => `agent \`${agentId}\` was retired, which is for good`,
  'register a new one',
)
export const AgentLimit = defineError<{ max: number }>(
  'agent_limit',
  409,
  ({ max }) => `you answer for ${max} agents, which is the most`,
  'retire one that is not used',
)
export const AgentKeyLimit = defineError<{ max: number }>(
  'agent_key_limit',
  409,
  ({ max }) => `this agent has ${max} keys, which is the most`,
  'end one that is not used',
)
export const AgentTokenNotFound = defineError<{ tokenId: string }>(
  'agent_token_not_found',
  404,
  ({ tokenId }) => `this agent has no key or token \`${tokenId}\` that is alive`,
)
export const PersonNeeded = defineError<object>(
  'person_needed',
  403,
  () => 'only a person may do this, by a session or an API token of theirs',
  'sign in yourself; agents and exchanged tokens cannot make lasting ways in',
)
export const ScopeNotForAgents = defineError<{ scope: string }>(
  'scope_not_for_agents',
  400,
  ({ scope }) => `an agent cannot carry the permission \`${scope}\``,
  'leave it out: the role of agents does not have it, or it makes lasting ways in, which a person does',
)
export const SponsorUnfit = defineError<{ userId: string }>(
  'sponsor_unfit',
  409,
  ({ userId }) => `\`${userId}\` cannot answer for an agent: that takes a person who may sign in`,
)
export const HandoverNotOffered = defineError<{ agentId: string }>(
  'handover_not_offered',
  409,
  ({ agentId }) => `nobody has asked you to become the sponsor of agent \`${agentId}\``,
)
export const SuspensionOfOthers = defineError<{ agentId: string }>(
  'suspension_of_others',
  409,
  ({ agentId }) => `agent \`${agentId}\` was not suspended by its sponsor, who cannot let it go on`,
  'somebody else with the permission `agent:administer` lifts it; an agent whose sponsor left needs a new one',
)

export const AgentNotSuspended = defineError<{ agentId: string }>(
  'agent_not_suspended',
  409,
  ({ agentId }) => `agent \`${agentId}\` is not suspended`,
)

export const agentErrors = [
  AgentMayNotAct,
  AgentNotFound,
  AgentNotYours,
  AgentOver,
  AgentLimit,
  AgentKeyLimit,
  AgentTokenNotFound,
  PersonNeeded,
  ScopeNotForAgents,
  SponsorUnfit,
  HandoverNotOffered,
  SuspensionOfOthers,
  AgentNotSuspended,
]
