import type { Generated, GeneratedAlways } from 'kysely'
import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import type { Charter, CharterVersion, Proposal } from './model.ts'

export interface CharterTables {
  charter_version: {
    id: string
    number: Generated<number | null>
    document: string
    digest: string
    state: Proposal['state']
    proposer: string
    reason: Generated<string | null>
    proposed_at: Date
    decided_at: Generated<Date | null>
  }
  charter_acknowledgement: { user_id: string; number: number; acknowledged_at: Date; record_id: string }
  charter_grace: { seq: GeneratedAlways<bigint>; days: number; set_by: string; set_at: Date }
  charter_reminder: { user_id: string; number: number; stage: 'half' | 'end'; reminded_at: Date }
}

type Read = Pick<Db<CharterTables>, 'selectFrom'>

/** The version in force. */
export async function findInForce(db: Read): Promise<(CharterVersion & { id: string }) | undefined> {
  const row = await db
    .selectFrom('charter_version')
    .selectAll()
    .where('number', 'is not', null)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && toVersion(row)
}

export async function findVersion(db: Read, number: number): Promise<CharterVersion | undefined> {
  const row = await db.selectFrom('charter_version').selectAll().where('number', '=', number).executeTakeFirst()
  return row && toVersion(row)
}

/** Newest first; one more than the limit tells that there are more. */
export async function listVersions(db: Read, limit: number, below: number | undefined): Promise<CharterVersion[]> {
  const rows = await db
    .selectFrom('charter_version')
    .selectAll()
    .where('number', 'is not', null)
    .$if(below !== undefined, (query) => query.where('number', '<', below ?? 0))
    .orderBy('number', 'desc')
    .limit(limit + 1)
    .execute()
  return rows.map(toVersion)
}

export async function findProposal(db: Read, id: string): Promise<Proposal | undefined> {
  const row = await db.selectFrom('charter_version').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toProposal(row)
}

/** The same, locked until the transaction ends. */
export async function lockProposal(tx: Write<CharterTables>, id: string): Promise<Proposal | undefined> {
  const row = await tx.selectFrom('charter_version').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  return row && toProposal(row)
}

/** Newest first, of those that people proposed; one more than the limit tells that there are more. */
export async function listProposals(
  db: Read,
  {
    limit,
    state,
    before,
  }: { limit: number; state: Proposal['state'] | undefined; before: { at: Date; id: string } | undefined },
): Promise<Proposal[]> {
  let query = db.selectFrom('charter_version').selectAll().where('proposer', 'like', 'usr\\_%')
  if (state !== undefined) query = query.where('state', '=', state)
  if (before !== undefined)
    query = query.where((is) => is(is.refTuple('proposed_at', 'id'), '<', is.tuple(before.at, before.id)))
  const rows = await query
    .orderBy('proposed_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return rows.map(toProposal)
}

export async function findOpenProposal(db: Read): Promise<string | undefined> {
  const row = await db.selectFrom('charter_version').select('id').where('state', '=', 'proposed').executeTakeFirst()
  return row?.id
}

/** False when another proposal is open. */
export async function insertProposal(
  tx: Write<CharterTables>,
  row: { id: string; text: string; digest: string; proposer: string; reason: string; atMs: number },
): Promise<boolean> {
  const result = await tx
    .insertInto('charter_version')
    .values({
      id: row.id,
      document: row.text,
      digest: row.digest,
      state: 'proposed',
      proposer: row.proposer,
      reason: row.reason,
      proposed_at: new Date(row.atMs),
    })
    .onConflict((conflict) => conflict.column('state').where('state', '=', 'proposed').doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

/** False when there is a version already. */
export async function insertFirst(
  tx: Write<CharterTables>,
  row: { id: string; text: string; digest: string; proposer: string; atMs: number },
): Promise<boolean> {
  const at = new Date(row.atMs)
  const result = await tx
    .insertInto('charter_version')
    .values({
      id: row.id,
      number: 1,
      document: row.text,
      digest: row.digest,
      state: 'adopted',
      proposer: row.proposer,
      proposed_at: at,
      decided_at: at,
    })
    .onConflict((conflict) => conflict.column('number').doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

export async function closeProposal(
  tx: Write<CharterTables>,
  id: string,
  closed: { state: 'adopted'; number: number } | { state: 'rejected' | 'withdrawn'; number: null },
  atMs: number,
): Promise<void> {
  await tx
    .updateTable('charter_version')
    .set({ ...closed, decided_at: new Date(atMs) })
    .where('id', '=', id)
    .execute()
}

interface Row {
  id: string
  number: number | null
  document: string
  digest: string
  state: Proposal['state']
  proposer: string
  reason: string | null
  proposed_at: Date
  decided_at: Date | null
}

function toProposal(row: Row): Proposal {
  return {
    id: row.id,
    state: row.state,
    // written by us, from a document that its schema had passed
    document: JSON.parse(row.document) as Charter,
    digest: row.digest,
    proposer: row.proposer,
    reason: row.reason ?? '',
    proposedAt: timestamp(row.proposed_at.getTime()),
    decidedAt: row.decided_at === null ? null : timestamp(row.decided_at.getTime()),
    number: row.number,
  }
}

function toVersion(row: Row): CharterVersion & { id: string } {
  const { id, document, digest, proposer, decidedAt, number } = toProposal(row)
  if (number === null || decidedAt === null) throw new Error('a version of the charter has no number')
  return { id, number, document, digest, proposer, adoptedAt: decidedAt }
}
