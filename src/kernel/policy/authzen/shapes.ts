import { z } from 'zod'
import type { Json } from '#platform/canonical-json.ts'

/**
 * The information model of the OpenID AuthZEN Authorization API 1.0. Members that are not named here are ignored, as it asks.
 */
const name = z.string().min(1).max(200)
const members = z.record(z.string(), z.unknown() as z.ZodType<Json>)
const properties = { properties: members.optional() }

const Entity = z.object({ type: name, id: name, ...properties })
export const Subject = Entity.meta({ id: 'AuthzenSubject' })
export const Resource = Entity.meta({ id: 'AuthzenResource' })
export const Action = z.object({ name, ...properties }).meta({ id: 'AuthzenAction' })
/** Whose id is searched for: one that is given is ignored. */
const Sought = z.object({ type: name, ...properties })

export const Evaluation = z
  .object({ subject: Subject, action: Action, resource: Resource, context: members.optional() })
  .meta({ id: 'AuthzenEvaluation' })
export type Evaluation = z.infer<typeof Evaluation>

export const semantics = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'] as const

export const evaluationsMax = 100

/** Entities above are the defaults of those in `evaluations`, each as a whole; without `evaluations` it is one evaluation. */
export const Evaluations = z
  .object({
    subject: Subject.optional(),
    action: Action.optional(),
    resource: Resource.optional(),
    context: members.optional(),
    options: z.object({ evaluations_semantic: z.enum(semantics).default('execute_all') }).optional(),
    /** What is wrong in one of them denies that one, not the request. */
    evaluations: z.array(members).max(evaluationsMax).optional(),
  })
  .refine((one) => (one.evaluations?.length ?? 0) > 0 || Evaluation.safeParse(one).success, {
    error: 'needs `subject`, `action` and `resource`, or `evaluations`',
  })
  .meta({ id: 'AuthzenEvaluations' })
export type Evaluations = z.infer<typeof Evaluations>

export const Decision = z
  .object({
    decision: z.boolean(),
    context: z
      .object({
        /** Why, in words for people. */
        reasons: z.array(z.string()),
        /** Ids of the policies that determined it. */
        policies: z.array(z.string()),
        /** What is wrong with this one question; only where that is why it is denied. */
        error: z.object({ status: z.int(), message: z.string() }).optional(),
      })
      .optional(),
  })
  .meta({ id: 'AuthzenDecision' })
export type Decision = z.infer<typeof Decision>

export const Decisions = z
  .union([z.object({ evaluations: z.array(Decision) }), Decision])
  .meta({ id: 'AuthzenDecisions' })

const Page = z.object({
  token: z.string().max(2000).optional(),
  limit: z.int().nonnegative().optional(),
  ...properties,
})
const about = { context: members.optional(), page: Page.optional() }

export const SubjectSearch = z
  .object({ subject: Sought, action: Action, resource: Resource, ...about })
  .meta({ id: 'AuthzenSubjectSearch' })
export const ResourceSearch = z
  .object({ subject: Subject, action: Action, resource: Sought, ...about })
  .meta({ id: 'AuthzenResourceSearch' })
export const ActionSearch = z
  .object({ subject: Subject, resource: Resource, ...about })
  .meta({ id: 'AuthzenActionSearch' })

const page = z.object({
  /** Of the next page; empty when there is none. */
  next_token: z.string(),
  count: z.int(),
})
export const FoundEntities = z
  .object({ page, results: z.array(z.object({ type: z.string(), id: z.string() })) })
  .meta({ id: 'AuthzenFoundEntities' })
export const FoundActions = z
  .object({ page, results: z.array(z.object({ name: z.string() })) })
  .meta({ id: 'AuthzenFoundActions' })
