import { z } from 'zod'
import { AgentKeyJwk } from './public-key.ts'

export const agentRole = 'agent'

/** What an agent may do by itself: propose, act when a person has approved, or act where nothing can be broken. */
export const Autonomy = z.enum(['suggest', 'act-with-approval', 'act-in-sandbox'])
export type Autonomy = z.infer<typeof Autonomy>

export type SuspendedWhy = 'by-sponsor' | 'by-others' | 'sponsor-left'

export const AgentState = z.enum(['active', 'suspended', 'expired', 'without-sponsor', 'retired'])
export type AgentState = z.infer<typeof AgentState>

/** Names of tools as tool servers give them, whole: no pattern stands for several. */
export const ToolNames = z.array(z.string().regex(/^[A-Za-z0-9_.:/-]{1,128}$/)).max(100)
export const ScopeNames = z.array(z.string().regex(/^[a-z-]{1,60}:[a-z-]{1,60}$/)).max(100)
const name = z.string().trim().min(1).max(100)
const purpose = z.string().trim().min(1).max(1000)
/** A year at most; then somebody says again that it is needed. */
const days = z.int().min(1).max(365)

export const NewAgent = z
  .strictObject({
    name,
    purpose,
    autonomy: Autonomy,
    /** The tools that it may call. */
    tools: ToolNames.default([]),
    /** The most that its keys and tokens may carry; of permissions that you hold. */
    scopes: ScopeNames.min(1),
    expiresInDays: days.default(90),
  })
  .meta({ id: 'NewAgent' })
export type NewAgent = z.infer<typeof NewAgent>

export const ChangedAgent = z
  .strictObject({
    name,
    purpose,
    autonomy: Autonomy,
    tools: ToolNames,
    scopes: ScopeNames.min(1),
    /** From now. */
    expiresInDays: days,
    /** With which the agent signs assertions of its own (RFC 7523); null takes it away. */
    publicKey: AgentKeyJwk.nullable(),
    /** Stops the agent, and lets it go on again. */
    isSuspended: z.boolean(),
  })
  .partial()
  .refine((change) => Object.keys(change).length > 0, { error: 'must change something' })
  .meta({ id: 'ChangedAgent' })
export type ChangedAgent = z.infer<typeof ChangedAgent>

export const Agent = z
  .object({
    id: z.string(),
    name: z.string(),
    purpose: z.string(),
    autonomy: Autonomy,
    tools: z.array(z.string()),
    scopes: z.array(z.string()),
    /** The person who answers for it. */
    sponsor: z.object({ id: z.string(), name: z.string().nullable() }),
    /** Who is asked to become its sponsor. */
    handover: z.object({ id: z.string(), name: z.string().nullable() }).nullable(),
    state: AgentState,
    suspendedWhy: z.enum(['by-sponsor', 'by-others', 'sponsor-left']).nullable(),
    hasPublicKey: z.boolean(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'Agent' })
export type Agent = z.infer<typeof Agent>

/** A key of an agent, or a token that was made from one. */
export const AgentToken = z
  .object({
    id: z.string(),
    kind: z.enum(['key', 'exchanged']),
    name: z.string(),
    scopes: z.array(z.string()),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    revokedAt: z.iso.datetime().nullable(),
    lastSeenAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'AgentToken' })
export type AgentToken = z.infer<typeof AgentToken>

export const NewAgentKey = z
  .strictObject({
    name,
    /** Fewer than those of the agent; all of them unless said. */
    scopes: ScopeNames.min(1).optional(),
    expiresInDays: days.default(90),
  })
  .meta({ id: 'NewAgentKey' })
export type NewAgentKey = z.infer<typeof NewAgentKey>

export const MadeAgentKey = AgentToken.extend({ key: z.string() }).meta({ id: 'MadeAgentKey' })
