import type { Generated } from 'kysely'
import type { AccessTables } from '#kernel/access'
import type { LedgerTables } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import type { Decision, DecisionState } from './model.ts'

/** Null until it happens. */
type Later<T> = Generated<T | null>

export interface DecisionsTables {
  architecture_decision: {
    id: string
    title: string
    scope: string
    body: string | null
    link: string | null
    team_id: string
    repositories: string[]
    valid_until: Date
    supersedes: string | null
    digest: string
    requester: string
    requested_at: Date
    state: 'requested' | 'approved' | 'rejected' | 'withdrawn'
    decided_by: Later<string>
    decided_at: Later<Date>
    conditions: Later<string>
    superseded_by: Later<string>
    superseded_at: Later<Date>
  }
}

export type Tables = DecisionsTables & AccessTables & LedgerTables

export function decisions(db: Pick<Db<Tables>, 'selectFrom'>) {
  return db
    .selectFrom('architecture_decision as d')
    .leftJoin('access_team as t', 't.id', 'd.team_id')
    .selectAll('d')
    .select('t.name as team_name')
}

export type DecisionRow = Awaited<ReturnType<ReturnType<typeof decisions>['executeTakeFirstOrThrow']>>

export async function findRow(db: Pick<Db<Tables>, 'selectFrom'>, id: string): Promise<DecisionRow | undefined> {
  return decisions(db).where('d.id', '=', id).executeTakeFirst()
}

type Dated = Pick<DecisionRow, 'state' | 'conditions' | 'superseded_at' | 'valid_until'>

/** What a decision is at a moment: one that was replaced, or whose time is over, holds no more. */
export function stateAt({ state, conditions, superseded_at, valid_until }: Dated, atMs: number): DecisionState {
  if (state !== 'approved') return state
  if (superseded_at !== null && superseded_at.getTime() <= atMs) return 'superseded'
  if (valid_until.getTime() <= atMs) return 'expired'
  return conditions === null ? 'approved' : 'approved-with-conditions'
}

export function toDecision(row: DecisionRow, atMs: number): Decision {
  return {
    ...{ id: row.id, title: row.title, scope: row.scope, text: row.body, link: row.link },
    ...{ teamId: row.team_id, teamName: row.team_name, repositories: row.repositories },
    ...{ validUntil: row.valid_until.toISOString(), supersedes: row.supersedes, supersededBy: row.superseded_by },
    ...{ digest: row.digest, state: stateAt(row, atMs), requester: row.requester },
    requestedAt: row.requested_at.toISOString(),
    ...{ decidedBy: row.decided_by, decidedAt: row.decided_at?.toISOString() ?? null, conditions: row.conditions },
  }
}
