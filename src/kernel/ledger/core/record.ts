import { z } from 'zod'

/** Why a required field of a record is null. A closed list: a new reason is a new version of the record. */
export const naReasons = [
  /** The field has no meaning for this operation. */
  'not_applicable',
  /** It may exist, but what recorded the event did not say. */
  'not_recorded',
  /** The event was read from a git history, which does not carry it. */
  'unknown_from_git',
  /** No AI took part. */
  'no_ai_involved',
  /** An AI was asked and gave no output. */
  'no_ai_output',
  /** No person has reviewed it, and none was due. */
  'no_review_required',
  /** It was not scanned. */
  'not_scanned',
  /** No policy was in force for it. */
  'no_policy_in_force',
  /** Nobody gave a justification, and none was required. */
  'no_justification_given',
] as const

const uuidv7 = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
const instant = z.string().regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/)
const prefixedId = z.string().regex(/^[a-z][a-z0-9]{1,11}_[A-Za-z0-9_-]{1,64}$/)
const actorId = z.string().regex(/^(usr|agt|svc)_[A-Za-z0-9_-]{1,64}$/)
const word = z.string().regex(/^[a-z0-9][a-z0-9._:/-]{0,127}$/)
/** A name or version of a product: one line, never free text of a person. */
const label = z.string().regex(/^[^\p{C}]{1,200}$/u)
const commitmentText = z.string().regex(/^hmac-sha256:[0-9a-f]{64}$/)
const digest = z.string().regex(/^(hmac-sha256|sha256):[0-9a-f]{64}$/)
const naReason = z.enum(naReasons)

const Actor = z.strictObject({
  id: actorId,
  kind: z.enum(['user', 'agent', 'service']),
  role: word,
  onBehalfOf: actorId.nullable(),
})

const Tool = z.strictObject({ name: label, version: label.nullable(), model: label.nullable() })

const Review = z.strictObject({
  status: z.enum(['approved', 'changes_requested', 'commented', 'dismissed', 'pending']),
  /** An actor of ours, or a commitment to the identity that another system names. */
  reviewer: z.union([actorId, commitmentText]).nullable(),
})

const Scan = z.strictObject({
  kind: word,
  tool: label,
  version: label.nullable(),
  status: z.enum(['pass', 'fail', 'excepted', 'unknown', 'not_applicable', 'error']),
  findings: z.int().nonnegative().nullable(),
  report: digest.nullable(),
})

const Compliance = z.strictObject({ decision: z.enum(['allow', 'deny']), policy: label, version: label })

/** Fields that may be null, each then named in `na`: see `naFields`. */
const NotAvailable = z.strictObject({
  tool: naReason.optional(),
  'tool.version': naReason.optional(),
  inputHash: naReason.optional(),
  outputHash: naReason.optional(),
  review: naReason.optional(),
  'review.reviewer': naReason.optional(),
  scans: naReason.optional(),
  compliance: naReason.optional(),
  justification: naReason.optional(),
})

/**
 * One audit event as it stands in the ledger. Its ten required fields are `at`, `actor`, `tool`, `operation`, `inputHash`,
 * `outputHash`, `review`, `scans`, `compliance` and `justification`; one that does not apply is null and named in `na`.
 * No member beyond these is accepted. What could name a person or show content stands here as a commitment only.
 */
export const AuditRecord = z
  .strictObject({
    v: z.literal(1),
    id: uuidv7,
    at: instant,
    organizationId: prefixedId,
    correlationId: z.string().regex(/^[A-Za-z0-9._:-]{1,128}$/),
    type: z
      .string()
      .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*\.[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
      .max(100),
    actor: Actor,
    tool: Tool.nullable(),
    operation: word,
    inputHash: digest.nullable(),
    outputHash: digest.nullable(),
    review: Review.nullable(),
    scans: z.array(Scan).min(1).max(64).nullable(),
    compliance: Compliance.nullable(),
    justification: commitmentText.nullable(),
    targets: z.array(z.strictObject({ type: word, id: label })).max(256),
    refs: z.array(uuidv7).max(256),
    data: z.record(z.string(), z.json()),
    na: NotAvailable,
  })
  .superRefine((record, ctx) => {
    for (const problem of problemsOf(record)) ctx.addIssue({ code: 'custom', message: problem, input: record })
  })

export type AuditRecord = z.infer<typeof AuditRecord>
export type NaReason = z.infer<typeof naReason>
export type NaField = keyof AuditRecord['na']

const Signature = z.strictObject({
  kid: z.string().regex(/^[0-9a-f]{8}$/),
  alg: z.literal('Ed25519'),
  sig: z.string().regex(/^[A-Za-z0-9+/]{85}[AQgw]==$/),
})

/** A record with its signatures, by distinct keys: what a leaf of the log is made of. */
export const Entry = z.strictObject({ p: AuditRecord, s: z.array(Signature).min(1).max(4) })

export type Entry = z.infer<typeof Entry>
export type EntrySignature = z.infer<typeof Signature>

/** The JSON Schema (draft 2020-12) of an entry. It cannot say that null fields and `na` agree; the schema here does. */
export function entryJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(Entry, { target: 'draft-2020-12' })
  return { ...schema, $id: 'urn:countersign:schema:entry:v1', title: 'Countersign ledger entry' }
}

interface Checked {
  readonly at: string
  readonly actor: AuditRecord['actor']
  readonly tool: AuditRecord['tool']
  readonly review: AuditRecord['review']
  readonly inputHash: string | null
  readonly outputHash: string | null
  readonly scans: readonly unknown[] | null
  readonly compliance: unknown
  readonly justification: string | null
  readonly na: AuditRecord['na']
}

const idPrefixes = { user: 'usr_', agent: 'agt_', service: 'svc_' } as const

function problemsOf(record: Checked): string[] {
  const problems = naFields(record).flatMap(([field, value]) => {
    if (value === null && record.na[field] === undefined) return [`${field} is null and not named in na`]
    if (value !== null && record.na[field] !== undefined) return [`${field} is named in na and not null`]
    return []
  })
  const { id, kind, onBehalfOf } = record.actor
  if (!id.startsWith(idPrefixes[kind])) problems.push(`actor.id of a ${kind} starts with ${idPrefixes[kind]}`)
  if (onBehalfOf !== null && !onBehalfOf.startsWith(idPrefixes.user)) problems.push('actor.onBehalfOf is not a user')
  if (!isInstant(record.at)) problems.push('at is not a time that exists')
  return problems
}

/** Each field that `na` can name, with its value; one inside an absent object is absent with it, not null. */
function naFields(record: Checked): [NaField, unknown][] {
  return [
    ['tool', record.tool],
    ['tool.version', record.tool === null ? undefined : record.tool.version],
    ['inputHash', record.inputHash],
    ['outputHash', record.outputHash],
    ['review', record.review],
    ['review.reviewer', record.review === null ? undefined : record.review.reviewer],
    ['scans', record.scans],
    ['compliance', record.compliance],
    ['justification', record.justification],
  ]
}

function isInstant(text: string): boolean {
  const ms = Date.parse(text)
  return !Number.isNaN(ms) && new Date(ms).toISOString() === text
}
