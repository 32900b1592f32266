import * as z from 'zod/mini'
import type { Json } from '#platform/canonical-json.ts'

/** Why a required field of a record is null. A closed list: a new reason is a new version of the record. */
const naReasons = [
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

/** What the text members of a record look like. */
export const forms = {
  uuidv7: /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  instant: /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/,
  prefixedId: /^[a-z][a-z0-9]{1,11}_[A-Za-z0-9_-]{1,64}$/,
  actorId: /^(usr|agt|svc)_[A-Za-z0-9_-]{1,64}$/,
  correlationId: /^[A-Za-z0-9._:-]{1,128}$/,
  type: /^[a-z][a-z0-9]*(-[a-z0-9]+)*\.[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
  word: /^[a-z0-9][a-z0-9._:/-]{0,127}$/,
  /** A name or version of a product: one line, never free text of a person. */
  label: /^[^\p{C}]{1,200}$/u,
  commitment: /^hmac-sha256:[0-9a-f]{64}$/,
  digest: /^(hmac-sha256|sha256):[0-9a-f]{64}$/,
  kid: /^[0-9a-f]{8}$/,
  signature: /^[A-Za-z0-9+/]{85}[AQgw]==$/,
} as const

/** Most of each in one record or entry; and the longest type, in characters. */
export const limits = { type: 100, scans: 64, targets: 256, refs: 256, signatures: 4 } as const

/** Words that members of a record are one of. */
export const wordLists = {
  naReason: naReasons,
  actorKind: ['user', 'agent', 'service'],
  reviewStatus: ['approved', 'changes_requested', 'commented', 'dismissed', 'pending'],
  scanStatus: ['pass', 'fail', 'excepted', 'unknown', 'not_applicable', 'error'],
  decision: ['allow', 'deny'],
} as const

const text = (form: RegExp) => z.string().check(z.regex(form))
const uuidv7 = text(forms.uuidv7)
const actorId = text(forms.actorId)
const word = text(forms.word)
const label = text(forms.label)
const commitmentText = text(forms.commitment)
const digest = text(forms.digest)
const naReason = z.enum(naReasons)

/** Any JSON: that it is JSON, and not too deep, is seen when the record is written in its RFC 8785 form. */
const json = z.unknown() as z.ZodMiniType<Json>

const Actor = z.strictObject({
  id: actorId,
  kind: z.enum(wordLists.actorKind),
  role: word,
  onBehalfOf: z.nullable(actorId),
})

const Tool = z.strictObject({ name: label, version: z.nullable(label), model: z.nullable(label) })

const Review = z.strictObject({
  status: z.enum(wordLists.reviewStatus),
  /** An actor of ours, or a commitment to the identity that another system names. */
  reviewer: z.nullable(z.union([actorId, commitmentText])),
})

const Scan = z.strictObject({
  kind: word,
  tool: label,
  version: z.nullable(label),
  status: z.enum(wordLists.scanStatus),
  findings: z.nullable(z.int().check(z.nonnegative())),
  report: z.nullable(digest),
})

const Compliance = z.strictObject({ decision: z.enum(wordLists.decision), policy: label, version: label })

/** Fields that may be null, each then named in `na`: see `naFields`. */
const NotAvailable = z.strictObject({
  tool: z.optional(naReason),
  'tool.version': z.optional(naReason),
  inputHash: z.optional(naReason),
  outputHash: z.optional(naReason),
  review: z.optional(naReason),
  'review.reviewer': z.optional(naReason),
  scans: z.optional(naReason),
  compliance: z.optional(naReason),
  justification: z.optional(naReason),
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
    at: text(forms.instant),
    organizationId: text(forms.prefixedId),
    correlationId: text(forms.correlationId),
    type: z.string().check(z.regex(forms.type), z.maxLength(limits.type)),
    actor: Actor,
    tool: z.nullable(Tool),
    operation: word,
    inputHash: z.nullable(digest),
    outputHash: z.nullable(digest),
    review: z.nullable(Review),
    scans: z.nullable(z.array(Scan).check(z.minLength(1), z.maxLength(limits.scans))),
    compliance: z.nullable(Compliance),
    justification: z.nullable(commitmentText),
    targets: z.array(z.strictObject({ type: word, id: label })).check(z.maxLength(limits.targets)),
    refs: z.array(uuidv7).check(z.maxLength(limits.refs)),
    data: z.record(z.string(), json),
    na: NotAvailable,
  })
  .check((ctx) => {
    for (const message of problemsOf(ctx.value)) ctx.issues.push({ code: 'custom', message, input: ctx.value })
  })

export type AuditRecord = z.infer<typeof AuditRecord>
export type NaReason = z.infer<typeof naReason>
export type NaField = keyof AuditRecord['na']

const Signature = z.strictObject({
  kid: text(forms.kid),
  alg: z.literal('Ed25519'),
  sig: text(forms.signature),
})

/** A record with its signatures, by distinct keys: what a leaf of the log is made of. */
export const Entry = z.strictObject({
  p: AuditRecord,
  s: z.array(Signature).check(z.minLength(1), z.maxLength(limits.signatures)),
})

export type Entry = z.infer<typeof Entry>

/** The JSON Schema (draft 2020-12) of an entry. It cannot say that null fields and `na` agree; the schema here does. */
export function entryJsonSchema(): Readonly<Record<string, unknown>> {
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

export const idPrefixes = { user: 'usr_', agent: 'agt_', service: 'svc_' } as const

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

/** Whether a text in the form of an instant is a time that exists. */
export function isInstant(text: string): boolean {
  const ms = Date.parse(text)
  return !Number.isNaN(ms) && new Date(ms).toISOString() === text
}
