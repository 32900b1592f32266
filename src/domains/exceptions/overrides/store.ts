import { type Generated, sql } from 'kysely'
import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import type { RecordedOverride } from './events.ts'
import type { GateOverride, OverrideState } from './model.ts'

export interface OverrideTables {
  gate_override: {
    id: string
    proposal: string
    digest: string
    repository_id: string
    commit_oid: string
    decision_id: string
    held: string[]
    requester: string
    authors: string[]
    asked_at: Date
    expires_at: Date
    state: Exclude<OverrideState, 'lapsed'>
    approved_at: Generated<Date | null>
    approvers: Generated<string[]>
    record_id: Generated<string | null>
    used_at: Generated<Date | null>
    used_decision_id: Generated<string | null>
  }
}

type Given<T> = T extends Generated<infer S> ? S : T
export type OverrideRow = { [K in keyof OverrideTables['gate_override']]: Given<OverrideTables['gate_override'][K]> }
type Reads = Pick<Db<OverrideTables>, 'selectFrom'>

export async function findOverride(db: Reads, id: string): Promise<OverrideRow | undefined> {
  return db.selectFrom('gate_override').selectAll().where('id', '=', id).executeTakeFirst()
}

/** As it is once nobody else is changing it. */
export async function holdOverride(tx: Write<OverrideTables>, id: string): Promise<OverrideRow | undefined> {
  return tx.selectFrom('gate_override').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
}

/** Until the transaction ends nobody else asks for an override of this commit. */
export async function lockCommit(tx: Write<OverrideTables>, commit: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`gate_override ${commit}`}, 0))`.execute(tx)
}

/** Those that wait, for approvals or for their use. */
export async function listOpen(db: Reads, repositoryId: string, commit: string, now: Date): Promise<OverrideRow[]> {
  return db
    .selectFrom('gate_override')
    .selectAll()
    .where('repository_id', '=', repositoryId)
    .where('commit_oid', '=', commit)
    .where('state', 'in', ['asked', 'approved'])
    .where('expires_at', '>', now)
    .orderBy('asked_at', 'desc')
    .limit(10)
    .execute()
}

export interface OverrideFilter {
  readonly repositoryId?: string | undefined
  readonly commit?: string | undefined
  readonly before?: { readonly at: Date; readonly id: string } | undefined
  readonly limit: number
}

/** Newest first; one more than the limit tells that there are more. */
export async function listOverrides(
  db: Reads,
  { repositoryId, commit, before, limit }: OverrideFilter,
): Promise<OverrideRow[]> {
  let query = db.selectFrom('gate_override').selectAll()
  if (repositoryId !== undefined) query = query.where('repository_id', '=', repositoryId)
  if (commit !== undefined) query = query.where('commit_oid', '=', commit)
  if (before !== undefined)
    query = query.where((is) => is(is.refTuple('asked_at', 'id'), '<', is.tuple(before.at, before.id)))
  return query
    .orderBy('asked_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
}

export interface HeldBack {
  readonly repositoryId: string
  readonly commit: string
  /** Every enforced rule that holds it back. */
  readonly rules: readonly string[]
}

/** The approved overrides for exactly this commit that let all of these rules through, each for one run at a time. */
export async function holdFitting<T>(
  tx: Write<T>,
  { repositoryId, commit, rules }: HeldBack,
  now: Date,
): Promise<OverrideRow[]> {
  const { rows } = await sql<OverrideRow>`select * from gate_override
    where repository_id = ${repositoryId} and commit_oid = ${commit}
      and state = 'approved' and expires_at > ${now} and held @> ${[...rules]}::text[]
    order by expires_at, id limit 10 for update skip locked`.execute(tx)
  return rows
}

export async function spend<T>(tx: Write<T>, id: string, now: Date): Promise<void> {
  await sql`update gate_override set state = 'used', used_at = ${now} where id = ${id}`.execute(tx)
}

export async function nameUse<T>(tx: Write<T>, id: string, decisionId: string): Promise<void> {
  await sql`update gate_override set used_decision_id = ${decisionId} where id = ${id}`.execute(tx)
}

export function stateAt({ state, expires_at }: OverrideRow, nowMs: number): OverrideState {
  const isOpen = state === 'asked' || state === 'approved'
  return isOpen && expires_at.getTime() <= nowMs ? 'lapsed' : state
}

export function toOverride(row: OverrideRow, nowMs: number): GateOverride {
  const { reason } = JSON.parse(row.proposal) as { reason: string }
  return {
    ...{ id: row.id, digest: row.digest, repositoryId: row.repository_id, commit: row.commit_oid },
    ...{ decisionId: row.decision_id, rules: [...row.held], reason, requester: row.requester },
    approvers: [...row.approvers],
    askedAt: timestamp(row.asked_at.getTime()),
    expiresAt: timestamp(row.expires_at.getTime()),
    state: stateAt(row, nowMs),
    usedAt: row.used_at === null ? null : timestamp(row.used_at.getTime()),
    usedDecisionId: row.used_decision_id,
  }
}

export function recordedOf(row: OverrideRow): RecordedOverride {
  const { id, digest, repository_id: repositoryId, commit_oid: commit, decision_id: decisionId } = row
  return { id, digest, repositoryId, commit, decisionId }
}
