import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import { holdersOf, rolesOf } from '../roles/holdings.ts'
import type { AccessTables } from '../store.ts'
import { SecondPersonRequired } from './errors.ts'
import type { Approvable } from './proof/index.ts'

/** A named person's recorded answer to one exact revision of something. */
export interface Approval {
  readonly id: string
  readonly userId: string
  readonly subject: Approvable
  readonly at: string
  /** Of the `approval.given` that proves it. */
  readonly recordId: string
}

/**
 * The answers to one revision, oldest first. Those of whoever lost all access since do not count, and are given only with `all`, which is
 * for showing what was.
 */
export async function approvalsOf(
  db: Pick<Db<AccessTables>, 'selectFrom'>,
  type: string,
  id: string,
  digest: string,
  which: 'counting' | 'all' = 'counting',
): Promise<Approval[]> {
  const rows = await db
    .selectFrom('access_approval')
    .selectAll()
    .where('subject_type', '=', type)
    .where('subject_id', '=', id)
    .where('digest', '=', digest)
    .$if(which === 'counting', (query) => query.where('ended_at', 'is', null))
    .orderBy('given_at')
    .orderBy('id')
    .limit(1000)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    userId: row.user_id,
    subject: { type, id, digest, decision: row.decision },
    at: timestamp(row.given_at.getTime()),
    recordId: row.record_id,
  }))
}

/**
 * The yeses to one revision of people who hold one of `roles` now, for the whole organisation or in `team` where it is given, whatever
 * they held when they gave them.
 */
export async function approvalsByRole(
  db: Pick<Db<AccessTables>, 'selectFrom'>,
  { type, id, digest }: Pick<Approvable, 'type' | 'id' | 'digest'>,
  roles: readonly string[],
  team: string | null = null,
): Promise<Approval[]> {
  const found: Approval[] = []
  for (const one of await approvalsOf(db, type, id, digest)) {
    const held = await rolesOf(db, one.userId)
    const isHolder = held.some(({ role, teamId }) => (teamId === null || teamId === team) && roles.includes(role))
    if (one.subject.decision === 'approve' && isHolder) found.push(one)
  }
  return found
}

/** False when the person has answered this revision already. */
export async function insertApproval(tx: Write<AccessTables>, approval: Approval, atMs: number): Promise<boolean> {
  const { subject } = approval
  const result = await tx
    .insertInto('access_approval')
    .values({
      id: approval.id,
      user_id: approval.userId,
      subject_type: subject.type,
      subject_id: subject.id,
      digest: subject.digest,
      decision: subject.decision,
      given_at: new Date(atMs),
      record_id: approval.recordId,
    })
    .onConflict((conflict) =>
      conflict.columns(['subject_type', 'subject_id', 'digest', 'user_id']).where('ended_at', 'is', null).doNothing(),
    )
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

/** Ends what a person has approved, for whatever is not done by it yet; answers how many that were. */
export async function endApprovals(tx: Write<AccessTables>, userId: string, atMs: number): Promise<number> {
  const result = await tx
    .updateTable('access_approval')
    .set({ ended_at: new Date(atMs) })
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  return Number(result.numUpdatedRows)
}

/**
 * Refuses where fewer than `needed` active people besides `except` hold one of these roles for the whole organisation, or in
 * `team` where it is given.
 *
 * @throws second_person_required
 */
export async function requireSecondPerson(
  db: Pick<Db<AccessTables>, 'selectFrom'>,
  needed: number,
  roles: readonly string[],
  except: readonly string[],
  team: string | null = null,
): Promise<void> {
  const found = (await holdersOf(db, roles, except, needed, team)).length
  if (found < needed) throw SecondPersonRequired({ needed, found })
}
