import { z } from 'zod'
import { Id, Reason } from './model.ts'

export const PlanPeriod = z
  .strictObject({
    teamId: Id.optional(),
    userId: Id.optional(),
    /** Now unless said. */
    startsAt: z.iso.datetime().optional(),
    endsAt: z.iso.datetime(),
    reason: Reason,
  })
  .refine(({ teamId, userId }) => (teamId === undefined) !== (userId === undefined), 'must name a team or a person')
  .meta({ id: 'PlanAiFreePeriod' })
export type PlanPeriod = z.infer<typeof PlanPeriod>

export const PeriodState = z.enum(['planned', 'running', 'over', 'cancelled'])

export const Period = z
  .object({
    id: z.string(),
    teamId: z.string().nullable(),
    teamName: z.string().nullable(),
    userId: z.string().nullable(),
    userName: z.string().nullable(),
    startsAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
    reason: z.string(),
    state: PeriodState,
    plannedBy: z.string(),
    plannedAt: z.iso.datetime(),
    cancelledAt: z.iso.datetime().nullable(),
    cancelReason: z.string().nullable(),
  })
  .meta({ id: 'AiFreePeriod' })
export type Period = z.infer<typeof Period>

/** How long one may last, and how far ahead it may begin. */
export const periodDaysMax = 31
export const aheadDaysMax = 366
/** How many of one team or person may be planned or running at once. */
export const periodsMax = 100
