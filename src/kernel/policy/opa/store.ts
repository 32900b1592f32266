import { type Selectable, sql } from 'kysely'
import type { SealedBytes } from '#kernel/ledger'
import type { Db, Write } from '#platform/database.ts'
import type { EngineKind } from './answer.ts'
import type { BoundEngine, PolicyBundle } from './model.ts'
import type { OpaTables } from './tables.ts'

type Reading = Db<OpaTables> | Write<OpaTables>

/** A bound engine as it is kept. */
export interface EngineRow extends Omit<BoundEngine, 'hasToken' | 'isReplayable' | 'createdAt' | 'changedAt'> {
  readonly kind: EngineKind
  readonly token: SealedBytes | null
  readonly createdAt: Date
  readonly changedAt: Date
}

/** One at a time may add engines or take bundles away: the limit is counted, and a bundle in use is none to remove. */
export async function lockEngines(tx: Write<OpaTables>): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('bound_engine', 0))`.execute(tx)
}

export async function findEngine(db: Db<OpaTables>, id: string): Promise<EngineRow | undefined> {
  const row = await db.selectFrom('bound_engine').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : fromRow(row)
}

export async function lockEngine(tx: Write<OpaTables>, id: string): Promise<EngineRow | undefined> {
  const row = await tx.selectFrom('bound_engine').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  return row === undefined ? undefined : fromRow(row)
}

/** All there are, by name; there are never more than a few. */
export async function listEngineRows(db: Reading): Promise<EngineRow[]> {
  const rows = await db.selectFrom('bound_engine').selectAll().orderBy('name').execute()
  return rows.map(fromRow)
}

/** False when there is one of this name. */
export async function insertEngine(tx: Write<OpaTables>, row: EngineRow): Promise<boolean> {
  const { id, name, kind, gate, createdAt } = row
  const result = await tx
    .insertInto('bound_engine')
    .values({ id, name, kind, gate, created_at: createdAt, ...changeable(row) })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

export async function updateEngine(tx: Write<OpaTables>, row: EngineRow): Promise<void> {
  await tx.updateTable('bound_engine').set(changeable(row)).where('id', '=', row.id).execute()
}

export async function deleteEngine(tx: Write<OpaTables>, id: string): Promise<void> {
  await tx.deleteFrom('bound_engine').where('id', '=', id).execute()
}

/** Of a bundle, without its bytes. */
export async function findBundle(db: Reading, digest: string): Promise<PolicyBundle | undefined> {
  const row = await bundles(db).where('digest', '=', digest).executeTakeFirst()
  return row === undefined ? undefined : bundleOf(row)
}

/** Held as it is until the transaction ends. */
export async function holdBundle(tx: Write<OpaTables>, digest: string): Promise<boolean> {
  const row = await tx
    .selectFrom('policy_bundle')
    .select('digest')
    .where('digest', '=', digest)
    .forKeyShare()
    .executeTakeFirst()
  return row !== undefined
}

/** The newest first. */
export async function listBundles(db: Db<OpaTables>): Promise<PolicyBundle[]> {
  const rows = await bundles(db).orderBy('added_at', 'desc').orderBy('digest').execute()
  return rows.map(bundleOf)
}

export async function bundleBytes(db: Db<OpaTables>, digest: string): Promise<Uint8Array | undefined> {
  const row = await db.selectFrom('policy_bundle').select('content').where('digest', '=', digest).executeTakeFirst()
  return row?.content
}

/** False when it is kept already. */
export async function insertBundle(
  tx: Write<OpaTables>,
  { digest, revision, entrypoints, addedAt, content }: Omit<PolicyBundle, 'bytes'> & { readonly content: Uint8Array },
): Promise<boolean> {
  const result = await tx
    .insertInto('policy_bundle')
    .values({ digest, revision, entrypoints, content: Buffer.from(content), added_at: new Date(addedAt) })
    .onConflict((conflict) => conflict.column('digest').doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

/** False when there is none. */
export async function deleteBundle(tx: Write<OpaTables>, digest: string): Promise<boolean> {
  const result = await tx.deleteFrom('policy_bundle').where('digest', '=', digest).executeTakeFirst()
  return result.numDeletedRows === 1n
}

/** The name of an engine that has this bundle. */
export async function userOfBundle(db: Reading, digest: string): Promise<string | undefined> {
  const row = await db.selectFrom('bound_engine').select('name').where('bundle_digest', '=', digest).executeTakeFirst()
  return row?.name
}

/** Notes decisions of other OPAs. @returns those that were not noted before */
export async function keepDecisions(tx: Write<OpaTables>, ids: readonly string[], at: Date): Promise<string[]> {
  const rows = await tx
    .insertInto('opa_decision')
    // in one order: of two who send the same at once neither waits for the other
    .values([...ids].sort().map((decision_id) => ({ decision_id, received_at: at })))
    .onConflict((conflict) => conflict.column('decision_id').doNothing())
    .returning('decision_id')
    .execute()
  return rows.map((row) => row.decision_id)
}

function bundles(db: Reading) {
  return db
    .selectFrom('policy_bundle')
    .select((is) => ['digest', 'revision', 'entrypoints', 'added_at', is.fn<number>('length', ['content']).as('bytes')])
}

function bundleOf(row: Awaited<ReturnType<ReturnType<typeof bundles>['execute']>>[number]): PolicyBundle {
  const { digest, revision, entrypoints, bytes, added_at } = row
  return { digest, revision, entrypoints, bytes, addedAt: added_at.toISOString() }
}

function changeable(row: EngineRow) {
  return {
    mode: row.mode,
    category: row.category,
    owner: row.owner,
    repositories: row.repositories === null ? null : [...row.repositories],
    path: row.path,
    bundle_digest: row.bundle,
    url: row.url,
    timeout_ms: row.timeoutMs,
    expected_revision: row.expectedRevision,
    token: row.token === null ? null : Buffer.from(row.token.sealed),
    token_key_id: row.token?.keyId ?? null,
    changed_at: row.changedAt,
  }
}

function fromRow(row: Selectable<OpaTables['bound_engine']>): EngineRow {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind as EngineKind,
    gate: row.gate as EngineRow['gate'],
    mode: row.mode as EngineRow['mode'],
    category: row.category as EngineRow['category'],
    owner: row.owner as EngineRow['owner'],
    repositories: row.repositories,
    path: row.path,
    bundle: row.bundle_digest,
    url: row.url,
    timeoutMs: row.timeout_ms,
    expectedRevision: row.expected_revision,
    token: row.token === null || row.token_key_id === null ? null : { keyId: row.token_key_id, sealed: row.token },
    createdAt: row.created_at,
    changedAt: row.changed_at,
  }
}
