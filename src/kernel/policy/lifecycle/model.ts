import { z } from 'zod'

export const PackId = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
export const Semver = z
  .string()
  .max(64)
  .regex(/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$/)
export const PackCategory = z.enum(['security', 'quality', 'compliance', 'charter'])
const Day = z.iso.date()
/** PostgreSQL's text has no U+0000. */
const withoutNul = (text: string) => !text.includes('\u0000')
const Words = z.string().trim().min(1).max(200).refine(withoutNul, 'has a character that no text has')

export const packCharactersMax = 262_144
export const testsCharactersMax = 262_144
export const reasonMax = 1000

export const NewPack = z
  .object({
    id: PackId,
    title: Words,
    category: PackCategory,
    owner: Words,
    reviewBy: Day.nullable().default(null),
  })
  .strict()
  .meta({ id: 'NewPolicyPack' })
export type NewPack = z.output<typeof NewPack>

export const PackChange = z
  .object({
    title: Words.optional(),
    owner: Words.optional(),
    reviewBy: Day.nullable().optional(),
  })
  .strict()
  .refine((one) => Object.keys(one).length > 0, 'names nothing to change')
  .meta({ id: 'PolicyPackChange' })
export type PackChange = z.output<typeof PackChange>

/** A version by its number, with its digest. */
const VersionName = z.object({
  /** Null for a built-in one. */
  id: z.string().nullable(),
  version: z.string(),
  source: z.enum(['built-in', 'console', 'git']),
})

export const PackSummary = z
  .object({
    id: z.string(),
    title: z.string(),
    category: PackCategory,
    owner: z.string(),
    reviewBy: Day.nullable(),
    /** How near that is: within 30 or 7 days, or come (0); null before. */
    reviewDue: z.literal([30, 7, 0]).nullable(),
    /** Whether the product ships a pack of this id. */
    isBuiltIn: z.boolean(),
    /** What decides everywhere where no roll-out says otherwise; null when nothing of the pack does. */
    inForce: VersionName.nullable(),
    rolloutId: z.string().nullable(),
    /** Numbers of those that are not published yet. */
    drafts: z.array(z.string()),
    versions: z.int(),
  })
  .meta({ id: 'PolicyPack' })
export type PackSummary = z.infer<typeof PackSummary>

export const DraftVersion = z
  .object({
    /** The pack, in YAML; it names its id and version. */
    text: z.string().min(1).max(packCharactersMax).refine(withoutNul, 'has a character that no text has'),
    /** The file of tests, in YAML. */
    tests: z.string().max(testsCharactersMax).refine(withoutNul, 'has a character that no text has').default(''),
    source: z.enum(['console', 'git']).default('console'),
  })
  .strict()
  .meta({ id: 'DraftPolicyVersion' })
export type DraftVersion = z.output<typeof DraftVersion>

export const VersionState = z.enum(['draft', 'published', 'in_force', 'superseded', 'retired'])

export const VersionSummary = z
  .object({
    id: z.string().nullable(),
    packId: z.string(),
    version: z.string(),
    state: VersionState,
    source: z.enum(['built-in', 'console', 'git']),
    digest: z.string(),
    authors: z.array(z.string()),
    createdAt: z.iso.datetime().nullable(),
    changedAt: z.iso.datetime().nullable(),
    publishedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'PolicyVersionSummary' })
export type VersionSummary = z.infer<typeof VersionSummary>

export const Found = z
  .object({
    severity: z.enum(['error', 'warning']),
    message: z.string(),
    help: z.string().optional(),
    line: z.int(),
    column: z.int(),
    source: z.string(),
  })
  .meta({ id: 'PolicyDiagnostic' })

export const StepKind = z.enum(['checked', 'tested', 'asked', 'answered', 'assessed', 'reviewed', 'published'])
export type StepKind = z.infer<typeof StepKind>

export const Step = z
  .object({
    id: z.string(),
    kind: StepKind,
    outcome: z.string(),
    by: z.string(),
    at: z.iso.datetime(),
    digest: z.string(),
    /** Whether it is about the text as it is now. */
    isCurrent: z.boolean(),
    detail: z.record(z.string(), z.unknown()),
    recordId: z.string(),
  })
  .meta({ id: 'PolicyStep' })
export type Step = z.infer<typeof Step>

export const Weakening = z
  .object({
    rule: z.string().nullable(),
    what: z.enum([
      'rule_removed',
      'mode_lowered',
      'parameter_wider',
      'exception_allowed',
      'denial_lost',
      'not_replayed',
    ]),
    message: z.string(),
  })
  .meta({ id: 'PolicyWeakening' })
export type Weakening = z.infer<typeof Weakening>

export const VersionDetail = VersionSummary.extend({
  text: z.string(),
  tests: z.string(),
  diagnostics: z.array(Found),
  steps: z.array(Step),
  /** What it would make weaker, compared with what is in force. */
  weakenings: z.array(Weakening),
  /** Steps that are missing before it can be published; empty for one that is. */
  missing: z.array(z.string()),
  /** DSSE over an in-toto statement about pack and tests, and the key that made it. */
  signature: z.object({ envelope: z.record(z.string(), z.unknown()), publicKey: z.string() }).nullable(),
  /** Of the people that it names, by id; of whom no directory brought there is none. */
  names: z.record(z.string(), z.string()),
}).meta({ id: 'PolicyVersion' })
export type VersionDetail = z.infer<typeof VersionDetail>

/** What somebody says to a draft. */
export const Comment = z.string().trim().min(1).max(reasonMax).refine(withoutNul, 'has a character that no text has')

export const Reason = z.object({ reason: z.string().trim().min(3).max(reasonMax) }).strict()
