import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { type Assertion, requireSecondPerson, takeApproval } from '#kernel/access'
import { type Context, transact } from '#kernel/ledger'
import { canonicalize } from '#platform/canonical-json.ts'
import type { Db, Write } from '#platform/database.ts'
import { toPage } from '#platform/http/page.ts'
import { newId } from '#platform/ids.ts'
import { SettingsClosed, SettingsNotFound, SettingsOther, SettingsReplaced } from './errors.ts'
import { readCursor } from './grants.ts'
import { settingsApproved, settingsProposed, settingsRejected, settingsWithdrawn } from './settings-events.ts'
import type { ProposeSettings, SettingsChange } from './settings-model.ts'
import { readBody, settingsInForce } from './settings-now.ts'
import type { GrantServices, Tables } from './standing.ts'

/** Who can approve how grants are issued. */
const approvers = ['owner', 'platform-administrator', 'security']
export const settingsSubject = 'grant-settings'

/** Proposes how grants are issued; another person decides. @throws grant_settings_replaced, second_person_required */
export async function proposeSettings(
  { db }: GrantServices,
  ctx: Context,
  { settings, replaces, reason }: ProposeSettings,
): Promise<SettingsChange> {
  const { version } = await settingsInForce(db)
  if (version !== replaces) throw SettingsReplaced({ version })
  await requireSecondPerson(db, 1, approvers, [ctx.actor.id])
  const id = newId('gst')
  const body = canonicalize(settings)
  const proposal = canonicalize({ id, settings, replaces, reason })
  const digest = `sha256:${createHash('sha256').update(proposal).digest('hex')}`
  await transact(db, ctx, async (tx, record) => {
    await tx
      .insertInto('ai_grant_settings')
      .values({
        ...{ id, body, replaces, digest, reason, state: 'proposed' },
        ...{ proposer: ctx.actor.id, proposed_at: new Date(ctx.clock()) },
      })
      .execute()
    record(settingsProposed({ id, digest, settings, replaces }, reason))
  })
  return readSettings(db, id)
}

export interface SettingsDecision {
  readonly decision: 'approve' | 'reject'
  readonly digest: string
  readonly assertion: Assertion
}

/**
 * Approves or rejects what another person proposed; what is approved is in force at once.
 *
 * @throws grant_settings_not_found, grant_settings_other, grant_settings_closed, grant_settings_replaced, access_denied, and those of
 * `takeApproval`
 */
export async function decideSettings(
  { db, authority }: GrantServices,
  ctx: Context,
  id: string,
  { decision, digest, assertion }: SettingsDecision,
): Promise<SettingsChange> {
  const change = await readSettings(db, id)
  if (change.digest !== digest) throw SettingsOther({})
  const resource = async () => ({ type: 'GrantSettings', id, ...settingsResource(change) })
  await authority.act(db, ctx, { action: 'grant-settings:decide', resource }, async (tx, record) => {
    const subject = { type: settingsSubject, id, digest, decision }
    const approval = await takeApproval(tx, record, ctx, ctx.actor.id, subject, assertion)
    if (decision === 'reject') {
      await close(tx, ctx, id, { state: 'rejected' })
      record(settingsRejected(id, digest, approval.id))
      return
    }
    // one after the other, so that the second sees that the first replaced what it was to replace
    await sql`select pg_advisory_xact_lock(hashtextextended('ai_grant_settings', 0))`.execute(tx)
    const { version } = await settingsInForce(tx)
    if (version !== change.replaces) throw SettingsReplaced({ version })
    await close(tx, ctx, id, { state: 'approved', version: version + 1 })
    record(settingsApproved({ ...change, version: version + 1 }, approval.id))
  })
  return readSettings(db, id)
}

/** Takes back what one has proposed oneself. @throws grant_settings_not_found also for others' proposals, grant_settings_closed */
export async function withdrawSettings({ db }: GrantServices, ctx: Context, id: string): Promise<SettingsChange> {
  const change = await readSettings(db, id)
  if (change.proposer !== ctx.actor.id) throw SettingsNotFound({ changeId: id })
  await transact(db, ctx, async (tx, record) => {
    await close(tx, ctx, id, { state: 'withdrawn' })
    record(settingsWithdrawn(id, change.digest))
  })
  return readSettings(db, id)
}

async function close(
  tx: Write<Tables>,
  ctx: Context,
  id: string,
  outcome: { readonly state: SettingsChange['state']; readonly version?: number },
): Promise<void> {
  const closed = await tx
    .updateTable('ai_grant_settings')
    .set({ ...outcome, decided_by: ctx.actor.id, decided_at: new Date(ctx.clock()) })
    .where('id', '=', id)
    .where('state', '=', 'proposed')
    .returning('id')
    .executeTakeFirst()
  if (closed !== undefined) return
  const now = await tx.selectFrom('ai_grant_settings').select('state').where('id', '=', id).executeTakeFirst()
  throw SettingsClosed({ state: now?.state ?? 'gone' })
}

/** A proposal as policies see it. */
export function settingsResource({ proposer }: Pick<SettingsChange, 'proposer'>) {
  return { team: null, attrs: { proposer } }
}

/** @throws grant_settings_not_found */
export async function readSettings(db: Db<Tables>, id: string): Promise<SettingsChange> {
  const change = await findSettings(db, id)
  if (change === undefined) throw SettingsNotFound({ changeId: id })
  return change
}

export async function findSettings(db: Db<Tables>, id: string): Promise<SettingsChange | undefined> {
  const row = await changes(db).where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : toChange(row)
}

interface Listing {
  readonly limit: number
  readonly cursor?: string | undefined
  readonly state?: SettingsChange['state'] | undefined
}

/** Newest first: what was proposed, and so what was ever in force. @throws cursor_invalid */
export async function listSettings(
  db: Db<Tables>,
  { limit, cursor, state }: Listing,
): Promise<{ items: SettingsChange[]; next: string | null }> {
  let query = changes(db)
  if (state !== undefined) query = query.where('state', '=', state)
  if (cursor !== undefined) {
    const before = readCursor(cursor)
    query = query.where((is) => is(is.refTuple('proposed_at', 'id'), '<', is.tuple(before.at, before.id)))
  }
  const rows = await query
    .orderBy('proposed_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  const { items, next } = toPage(rows, limit, (row) => `${row.proposed_at.getTime()}.${row.id}`)
  return { items: items.map(toChange), next }
}

function changes(db: Db<Tables>) {
  return db.selectFrom('ai_grant_settings').selectAll()
}

type Row = Awaited<ReturnType<ReturnType<typeof changes>['executeTakeFirstOrThrow']>>

function toChange(row: Row): SettingsChange {
  return {
    ...{ id: row.id, settings: readBody(row.body), replaces: row.replaces, digest: row.digest, reason: row.reason },
    ...{ state: row.state, proposer: row.proposer, proposedAt: row.proposed_at.toISOString() },
    ...{ decidedBy: row.decided_by, decidedAt: row.decided_at?.toISOString() ?? null, version: row.version },
  }
}
