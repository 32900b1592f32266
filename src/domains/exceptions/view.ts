import { timestamp } from '#platform/clock.ts'
import {
  type CompensatingControl,
  dayMs,
  type Exception,
  type ExceptionState,
  unusedDays,
  warningDays,
} from './model.ts'
import type { ExceptionRow } from './store.ts'

/** What stands in a proposal beyond what its row has columns for; written by us. */
export interface Proposed {
  readonly reason: string
  readonly compensatingControls: readonly CompensatingControl[]
}

export function proposedOf(row: ExceptionRow): Proposed {
  return JSON.parse(row.proposal) as Proposed
}

/** What has come to its end is `ended`, whether that is recorded yet or not. */
export function stateAt({ state, expires_at }: ExceptionRow, nowMs: number): ExceptionState {
  const isOpen = state === 'asked' || state === 'approved'
  return isOpen && expires_at.getTime() <= nowMs ? 'ended' : state
}

/** The warning of an exception that holds now. */
export function warningAt(row: ExceptionRow, nowMs: number): Exception['warning'] {
  if (stateAt(row, nowMs) !== 'approved') return null
  const left = row.expires_at.getTime() - nowMs
  return [...warningDays].reverse().find((days) => left <= days * dayMs) ?? null
}

export function toException(row: ExceptionRow, nowMs: number): Exception {
  const { reason, compensatingControls } = proposedOf(row)
  const state = stateAt(row, nowMs)
  const heldMs = row.decided_at === null ? 0 : nowMs - row.decided_at.getTime()
  return {
    ...{ id: row.id, digest: row.digest, ruleId: row.rule_id, category: row.category },
    ...{ repositoryId: row.repository_id, fingerprint: row.fingerprint, reason },
    ...{ requester: row.requester, ownerId: row.owner_id, compensatingControls: [...compensatingControls] },
    ...{ askedAt: timestamp(row.asked_at.getTime()), expiresAt: timestamp(row.expires_at.getTime()), state },
    ...{ decidedBy: row.decided_by, decidedAt: timeOf(row.decided_at) },
    ...{ endedBy: row.ended_by, endedAt: timeOf(row.ended_at), endReason: row.end_reason, renews: row.renews },
    ...{ uses: Number(row.uses), lastUsedAt: timeOf(row.last_used_at) },
    warning: warningAt(row, nowMs),
    isUnused: state === 'approved' && row.uses === 0n && heldMs >= unusedDays * dayMs,
  }
}

/** What every record of an exception names. */
export function recordedOf({ id, digest, rule_id, repository_id }: ExceptionRow) {
  return { id, digest, ruleId: rule_id, repositoryId: repository_id }
}

function timeOf(at: Date | null): string | null {
  return at === null ? null : timestamp(at.getTime())
}
