import { z } from 'zod'
import { type AuditEvent, defineEvent } from '#kernel/ledger'

const content = z.object({
  teamId: z.string().nullable(),
  startsAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
})

const Planned = defineEvent('ai-free-period.planned', content, {
  description:
    'time without AI tools was planned and announced to a team or a person; the justification commits to why',
})
const Cancelled = defineEvent('ai-free-period.cancelled', content, {
  description: 'time without AI tools was cancelled before its end; the justification commits to why',
})
const Started = defineEvent('ai-free-period.started', content.extend({ suspended: z.int() }), {
  description: 'time without AI tools began, and so many running grants are suspended until it ends',
})
const Ended = defineEvent('ai-free-period.ended', content, { description: 'time without AI tools ended as planned' })
export const periodEvents = [Planned, Cancelled, Started, Ended]

export interface Announced {
  readonly id: string
  readonly team_id: string | null
  readonly user_id: string | null
  readonly starts_at: Date
  readonly ends_at: Date
}

export function periodPlanned(row: Announced, reason: string): AuditEvent {
  return Planned({ targets: targets(row), data: shown(row), justification: reason })
}

export function periodCancelled(row: Announced, reason: string): AuditEvent {
  return Cancelled({ targets: targets(row), data: shown(row), justification: reason })
}

export function periodStarted(row: Announced, suspended: number): AuditEvent {
  return Started({ targets: targets(row), data: { ...shown(row), suspended } })
}

export function periodEnded(row: Announced): AuditEvent {
  return Ended({ targets: targets(row), data: shown(row) })
}

function targets({ id, team_id, user_id }: Announced) {
  return [
    { type: 'ai-free-period', id },
    ...(team_id === null ? [] : [{ type: 'team', id: team_id }]),
    ...(user_id === null ? [] : [{ type: 'user', id: user_id }]),
  ]
}

function shown({ team_id, starts_at, ends_at }: Announced) {
  return { teamId: team_id, startsAt: starts_at.toISOString(), endsAt: ends_at.toISOString() }
}
