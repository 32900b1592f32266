import type { SealedBytes } from '#kernel/ledger'
import type { Db, Write } from '#platform/database.ts'
import type { AccessTables } from '../store.ts'

/** An identity provider as it is kept. */
export interface IssuerRow {
  readonly id: string
  readonly name: string
  readonly issuer: string
  readonly clientId: string
  readonly secret: SealedBytes | null
  readonly scopes: readonly string[]
  readonly matchClaim: string | null
  readonly groupsClaim: string | null
  readonly admitsUnknown: boolean
  readonly isActive: boolean
  readonly createdAt: Date
  readonly changedAt: Date
}

type Row = Awaited<ReturnType<typeof selectRow>>

function selectRow(db: Db<AccessTables>, id: string) {
  return db.selectFrom('access_issuer').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function findIssuer(db: Db<AccessTables>, id: string): Promise<IssuerRow | undefined> {
  const row = await selectRow(db, id)
  return row === undefined ? undefined : fromRow(row)
}

export async function lockIssuer(tx: Write<AccessTables>, id: string): Promise<IssuerRow | undefined> {
  const row = await tx.selectFrom('access_issuer').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  return row === undefined ? undefined : fromRow(row)
}

/** Whether people may sign in there, held as it is until the transaction ends. */
export async function holdIssuer(tx: Write<AccessTables>, id: string): Promise<boolean> {
  const row = await tx
    .selectFrom('access_issuer')
    .select('is_active')
    .where('id', '=', id)
    .forShare()
    .executeTakeFirst()
  return row?.is_active === true
}

/** All there are, in the order in which they were added; there are never more than a few. */
export async function listIssuerRows(db: Db<AccessTables>): Promise<IssuerRow[]> {
  const rows = await db.selectFrom('access_issuer').selectAll().orderBy('created_at').orderBy('id').execute()
  return rows.map(fromRow)
}

/** False when there is one with this issuer. */
export async function insertIssuer(tx: Write<AccessTables>, row: IssuerRow): Promise<boolean> {
  const result = await tx
    .insertInto('access_issuer')
    .values({ id: row.id, issuer: row.issuer, created_at: row.createdAt, ...changeable(row) })
    .onConflict((conflict) => conflict.column('issuer').doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

export async function updateIssuer(tx: Write<AccessTables>, row: IssuerRow): Promise<void> {
  await tx.updateTable('access_issuer').set(changeable(row)).where('id', '=', row.id).execute()
}

export async function deleteIssuer(tx: Write<AccessTables>, id: string): Promise<void> {
  await tx.deleteFrom('access_issuer').where('id', '=', id).execute()
}

function changeable(row: IssuerRow) {
  return {
    name: row.name,
    client_id: row.clientId,
    secret: row.secret === null ? null : Buffer.from(row.secret.sealed),
    secret_key_id: row.secret?.keyId ?? null,
    scopes: [...row.scopes],
    match_claim: row.matchClaim,
    groups_claim: row.groupsClaim,
    admits_unknown: row.admitsUnknown,
    is_active: row.isActive,
    changed_at: row.changedAt,
  }
}

function fromRow(row: NonNullable<Row>): IssuerRow {
  return {
    id: row.id,
    name: row.name,
    issuer: row.issuer,
    clientId: row.client_id,
    secret: row.secret === null || row.secret_key_id === null ? null : { keyId: row.secret_key_id, sealed: row.secret },
    scopes: row.scopes,
    matchClaim: row.match_claim,
    groupsClaim: row.groups_claim,
    admitsUnknown: row.admits_unknown,
    isActive: row.is_active,
    createdAt: row.created_at,
    changedAt: row.changed_at,
  }
}
