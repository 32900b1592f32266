import { z } from 'zod'
import { type AuditEvent, committed, defineEvent, sealed } from '#kernel/ledger'
import { Autonomy } from './model.ts'

const settings = z.object({
  name: committed,
  purpose: committed,
  autonomy: Autonomy,
  tools: z.array(z.string()),
  scopes: z.array(z.string()),
  expiresAt: z.iso.datetime(),
  hasPublicKey: z.boolean(),
})
const ended = z.object({ tokens: z.int() })

const AgentRegistered = defineEvent('agent.registered', settings, {
  description: 'a person registered an agent, for which they answer',
})
const AgentChanged = defineEvent('agent.changed', settings.extend({ changed: z.array(z.string()) }), {
  description: 'these settings of an agent were changed; what holds now stands beside them',
})
const AgentSuspended = defineEvent(
  'agent.suspended',
  ended.extend({ why: z.enum(['by-sponsor', 'by-others', 'sponsor-left']) }),
  {
    description: 'an agent was stopped, and so many of its keys and tokens ended',
    na: { justification: 'no_justification_given' },
  },
)
const AgentResumed = defineEvent('agent.resumed', z.object({}), { description: 'an agent may act again' })
const AgentRetired = defineEvent('agent.retired', ended, {
  description: 'an agent was ended for good, with so many keys and tokens',
})
const HandoverOffered = defineEvent('agent.handover-offered', z.object({}), {
  description: 'a person was asked to become the sponsor of an agent; until they accept nothing changes',
})
const HandoverDeclined = defineEvent('agent.handover-declined', z.object({}), {
  description: 'a person did not want to become the sponsor of an agent',
})
const HandoverAccepted = defineEvent('agent.handover-accepted', ended, {
  description:
    'a person became the sponsor of an agent; so many keys and tokens ended, which the sponsor before may know',
})
const AgentKeyMade = defineEvent(
  'agent.key-made',
  z.object({ name: committed, scopes: z.array(z.string()), expiresAt: z.iso.datetime() }),
  { description: 'a key of an agent was made' },
)
const AgentTokenEnded = defineEvent('agent.token-ended', z.object({ kind: z.enum(['key', 'exchanged']) }), {
  description: 'a key of an agent, or a token made from one, was ended',
})

const AgentKeyForgotten = defineEvent('agent.key-forgotten', z.object({}), {
  description: 'the public key of an agent counts no more: what it signs is not believed before it has a new one',
})

export const agentEvents = [
  AgentKeyForgotten,
  AgentRegistered,
  AgentChanged,
  AgentSuspended,
  AgentResumed,
  AgentRetired,
  HandoverOffered,
  HandoverDeclined,
  HandoverAccepted,
  AgentKeyMade,
  AgentTokenEnded,
]

export interface AgentSettings {
  readonly name: string
  readonly purpose: string
  readonly autonomy: z.infer<typeof Autonomy>
  readonly tools: readonly string[]
  readonly scopes: readonly string[]
  readonly expiresAt: string
  readonly hasPublicKey: boolean
}

export function agentRegistered(agentId: string, sponsorId: string, agent: AgentSettings): AuditEvent {
  return AgentRegistered({ targets: [target(agentId), user(sponsorId)], data: dataOf(agent) })
}

export function agentChanged(agentId: string, agent: AgentSettings, changed: readonly string[]): AuditEvent {
  return AgentChanged({ targets: [target(agentId)], data: { ...dataOf(agent), changed: [...changed] } })
}

export function agentSuspended(
  agentId: string,
  why: 'by-sponsor' | 'by-others' | 'sponsor-left',
  tokens: number,
  justification: string | null = null,
): AuditEvent {
  return AgentSuspended({ targets: [target(agentId)], data: { why, tokens }, justification })
}

export function agentResumed(agentId: string): AuditEvent {
  return AgentResumed({ targets: [target(agentId)], data: {} })
}

export function agentRetired(agentId: string, tokens: number): AuditEvent {
  return AgentRetired({ targets: [target(agentId)], data: { tokens } })
}

export function handoverOffered(agentId: string, userId: string): AuditEvent {
  return HandoverOffered({ targets: [target(agentId), user(userId)], data: {} })
}

export function handoverDeclined(agentId: string, userId: string): AuditEvent {
  return HandoverDeclined({ targets: [target(agentId), user(userId)], data: {} })
}

export function handoverAccepted(agentId: string, userId: string, tokens: number): AuditEvent {
  return HandoverAccepted({ targets: [target(agentId), user(userId)], data: { tokens } })
}

export function agentKeyMade(
  agentId: string,
  key: { readonly id: string; readonly name: string; readonly scopes: readonly string[]; readonly expiresAt: string },
): AuditEvent {
  const data = { name: sealed.text('name', key.name), scopes: [...key.scopes], expiresAt: key.expiresAt }
  return AgentKeyMade({ targets: [target(agentId), token(key.id)], data })
}

export function agentTokenEnded(agentId: string, tokenId: string, kind: 'key' | 'exchanged'): AuditEvent {
  return AgentTokenEnded({ targets: [target(agentId), token(tokenId)], data: { kind } })
}

export function agentKeyForgotten(agentId: string): AuditEvent {
  return AgentKeyForgotten({ targets: [target(agentId)], data: {} })
}

function dataOf({ name, purpose, ...rest }: AgentSettings) {
  return {
    ...rest,
    tools: [...rest.tools],
    scopes: [...rest.scopes],
    name: sealed.text('name', name),
    purpose: sealed.text('purpose', purpose),
  }
}

function target(id: string) {
  return { type: 'agent', id }
}

function user(id: string) {
  return { type: 'user', id }
}

function token(id: string) {
  return { type: 'token', id }
}
