import { z } from 'zod'

/** How long an exception may last, from when it is asked for. */
export const daysMax = 90
/** Days before its end at which an exception warns, each once. */
export const warningDays = [14, 7, 1] as const
/** An exception that nothing needed for so many days is flagged. */
export const unusedDays = 14
export const dayMs = 86_400_000
/** Exceptions of one repository that wait or hold at once: all of them go into every question about it. */
export const openMax = 200

const id = z.string().regex(/^[\w-]{1,100}$/)
/** `<pack>.<rule>`. */
export const RuleId = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,139}$/)
const Text = (max: number) => z.string().trim().min(1).max(max)

/** What is done instead: another rule that has to pass where this one fails, or something described in words. */
export const CompensatingControl = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('rule'), ruleId: RuleId }),
    z.strictObject({ kind: z.literal('described'), text: Text(1000) }),
  ])
  .meta({ id: 'CompensatingControl' })
export type CompensatingControl = z.infer<typeof CompensatingControl>

export const AskException = z
  .strictObject({
    ruleId: RuleId,
    repositoryId: id,
    /** Of the one finding that it is for; null for the whole rule. */
    fingerprint: z
      .string()
      .regex(/^[\x21-\x7e]{1,200}$/)
      .nullable()
      .default(null),
    reason: Text(2000),
    /** The person who answers for it. */
    ownerId: id,
    /** At most 90 days from now. */
    expiresAt: z.iso.datetime(),
    compensatingControls: z.array(CompensatingControl).min(1).max(10),
    /** The exception that this one renews. */
    renews: id.nullable().default(null),
  })
  .meta({ id: 'AskException' })
export type AskException = z.output<typeof AskException>

export const exceptionStates = ['asked', 'approved', 'rejected', 'revoked', 'ended'] as const
export type ExceptionState = (typeof exceptionStates)[number]

export const Exception = z
  .object({
    id: z.string(),
    /** Of what was asked for: what an approval is about. */
    digest: z.string(),
    ruleId: z.string(),
    category: z.string(),
    repositoryId: z.string(),
    fingerprint: z.string().nullable(),
    reason: z.string(),
    requester: z.string(),
    ownerId: z.string(),
    compensatingControls: z.array(CompensatingControl),
    askedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    /** `approved` holds now; `ended` is past its time. */
    state: z.enum(exceptionStates),
    decidedBy: z.string().nullable(),
    decidedAt: z.iso.datetime().nullable(),
    endedBy: z.string().nullable(),
    endedAt: z.iso.datetime().nullable(),
    endReason: z.string().nullable(),
    renews: z.string().nullable(),
    /** Decisions in which it stood for its rule. */
    uses: z.int(),
    lastUsedAt: z.iso.datetime().nullable(),
    /** It holds, and ends within 14, 7 or 1 days. */
    warning: z.union([z.literal(14), z.literal(7), z.literal(1)]).nullable(),
    /** It has held for 14 days, and nothing needed it. */
    isUnused: z.boolean(),
  })
  .meta({ id: 'Exception' })
export type Exception = z.infer<typeof Exception>

export const ExceptionShown = Exception.extend({
  /** Of the people that it names, by id; of whom no directory brought there is none. */
  names: z.record(z.string(), z.string()),
}).meta({ id: 'ExceptionShown' })

export const ExceptionUse = z
  .object({
    decisionId: z.string(),
    /** `type:id` of what was decided about: a change or a commit. */
    target: z.string(),
    usedAt: z.iso.datetime(),
  })
  .meta({ id: 'ExceptionUse' })
export type ExceptionUse = z.infer<typeof ExceptionUse>

export const exceptionOrders = ['newest', 'oldest', 'ending', 'most-used'] as const
export type ExceptionOrder = (typeof exceptionOrders)[number]
