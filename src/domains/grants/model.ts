import { z } from 'zod'

export const Id = z.string().regex(/^[\w-]{1,100}$/)

/** What a person writes: no character that PostgreSQL or canonical JSON cannot hold. */
const Words = z.string().regex(/^[^\0\p{Cs}]*$/u, 'must be text')
export const Reason = Words.trim().min(1).max(1000)

/** One spelling for one tool: `claude-code`. */
export const ToolName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be small letters, digits, dots and dashes, such as `claude-code`')

/** How far a tool reaches, the narrowest first. `other` is also whatever nobody has listed. */
export const Tier = z.enum(['assistant-team', 'ide-integration', 'assistant-enterprise', 'vetted-api', 'other'])
export type Tier = z.infer<typeof Tier>

/** How many grants may run for one person at once. */
export const grantsMax = 100

/** Roles are held in teams: a grant is for the team of the repository, for the team that is named, or for neither. */
export const AskGrant = z
  .strictObject({
    tool: ToolName,
    purpose: Words.trim().min(1).max(500),
    repositoryId: Id.optional(),
    teamId: Id.optional(),
  })
  .refine(
    ({ repositoryId, teamId }) => repositoryId === undefined || teamId === undefined,
    'must name a repository, which belongs to a team, or a team, and not both',
  )
  .meta({ id: 'AskGrant' })
export type AskGrant = z.infer<typeof AskGrant>

export const GrantState = z.enum(['running', 'suspended', 'rescinded', 'revoked', 'access-ended', 'expired'])
export type GrantState = z.infer<typeof GrantState>

export const Grant = z
  .object({
    id: z.string(),
    userId: z.string(),
    /** Null where the directory has no name. */
    userName: z.string().nullable(),
    tool: z.string(),
    tier: Tier,
    purpose: z.string(),
    repositoryId: z.string().nullable(),
    teamId: z.string().nullable(),
    teamName: z.string().nullable(),
    /** `suspended`: for the length of an AI-free period. */
    state: GrantState,
    issuedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    extendedAt: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable(),
    rescindedAt: z.iso.datetime().nullable(),
    rescindReason: z.string().nullable(),
    restoredAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Grant' })
export type Grant = z.infer<typeof Grant>

/** Why a tool may not be used now. */
export const denialCodes = [
  'tool_not_authorized',
  'grant_rescinded',
  'charter_not_acknowledged',
  'training_missing',
  'ai_free_period',
  'access_denied',
] as const
export type DenialCode = (typeof denialCodes)[number]

export const GrantCheck = z
  .object({
    decision: z.enum(['allow', 'deny']),
    /** Null when allowed. */
    code: z.enum([...denialCodes, 'grant_missing']).nullable(),
    reason: z.string().nullable(),
    /** What allows it, and where: null stands for everywhere. */
    grantId: z.string().nullable(),
    repositoryId: z.string().nullable(),
    teamId: z.string().nullable(),
    /** Ask again no later than then: the end of the grant, or the start of an AI-free period before it. */
    until: z.iso.datetime().nullable(),
  })
  .meta({ id: 'GrantCheck' })
export type GrantCheck = z.infer<typeof GrantCheck>

export const ContextCheck = z
  .strictObject({
    repositoryId: Id,
    /** How many files the assistant would see. */
    files: z.int().min(0).max(10_000_000),
    /** Of the most sensitive of them: 0 public, 1 internal, 2 confidential, 3 secret. */
    classification: z.int().min(0).max(3),
  })
  .meta({ id: 'ContextCheck' })
export type ContextCheck = z.infer<typeof ContextCheck>

export const ContextAnswer = z
  .object({ decision: z.enum(['allow', 'deny']), reasons: z.array(z.string()), policyRevision: z.string() })
  .meta({ id: 'ContextAnswer' })
export type ContextAnswer = z.infer<typeof ContextAnswer>
