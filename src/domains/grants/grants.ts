import { AccessDenied, type AccessTables, teamOf } from '#kernel/access'
import { type Context, type RecordEvent, transact } from '#kernel/ledger'
import type { Write } from '#platform/database.ts'
import { CursorInvalid, Forbidden, NotSignedIn } from '#platform/http/errors.ts'
import { toPage } from '#platform/http/page.ts'
import { newId } from '#platform/ids.ts'
import * as errors from './errors.ts'
import * as events from './events.ts'
import { type AskGrant, type DenialCode, type Grant, grantsMax } from './model.ts'
import type { GrantServices, Tables } from './standing.ts'
import * as store from './store.ts'
import type { GrantsTables } from './tables.ts'
import { askForTool, type ToolAccess } from './tool-access.ts'

const minuteMs = 60_000

const denials = {
  tool_not_authorized: errors.ToolNotAuthorized,
  grant_rescinded: errors.GrantRescinded,
  charter_not_acknowledged: errors.CharterNotAcknowledged,
  training_missing: errors.TrainingMissing,
  ai_free_period: errors.AiFree,
}

/**
 * Grants whoever asks the use of a tool, for as long as the settings say, when the policies allow it now; a denial is recorded too.
 *
 * @throws the error of each code of a denial; grant_place_unknown, grant_running, grant_limit
 */
export async function askGrant(services: GrantServices, ctx: Context, body: AskGrant): Promise<Grant> {
  const { db } = services
  const { tool, purpose } = body
  const place = await placeOf(services, body)
  const id = newId('grt')
  const asked = { userId: ctx.actor.id, tool, purpose, ...place }
  const access = await allowed(services, ctx, asked)
  await transact(db, ctx, async (tx, record) => {
    if (!(await store.holdPerson(tx, asked.userId))) throw NotSignedIn({})
    await refuseSecond(tx, ctx, asked)
    const now = ctx.clock()
    const expiresAt = new Date(now + access.settings.grantMinutes * minuteMs)
    await tx
      .insertInto('ai_grant')
      .values({
        ...{ id, user_id: asked.userId, tool, tier: access.standing.tier, purpose },
        ...{ repository_id: place.repositoryId, team_id: place.teamId },
        ...{ issued_at: new Date(now), expires_at: expiresAt },
      })
      .execute()
    record(events.grantIssued({ ...asked, grantId: id }, access, expiresAt))
  })
  return grantAfter(services, ctx, id)
}

/** @throws grant_place_unknown */
async function placeOf({ db, isRepository }: GrantServices, body: AskGrant) {
  const { repositoryId = null, teamId = null } = body
  if (repositoryId !== null) {
    if (!(await isRepository(repositoryId))) throw errors.GrantPlaceUnknown({ what: 'repository', id: repositoryId })
    return { repositoryId, teamId: await teamOf(db, repositoryId) }
  }
  if (teamId === null) return { repositoryId, teamId }
  const team = await db.selectFrom('access_team').select('id').where('id', '=', teamId).executeTakeFirst()
  if (team === undefined) throw errors.GrantPlaceUnknown({ what: 'team', id: teamId })
  return { repositoryId, teamId }
}

/** What the policies said when they allow it. @throws after it recorded the denial */
async function allowed(services: GrantServices, ctx: Context, asked: events.AskedFor): Promise<ToolAccess> {
  const access = await askForTool(services, ctx, asked)
  if (access.answer.decision === 'allow') return access
  await transact(services.db, ctx, async (_tx, record) => {
    record(events.grantDenied(asked, access))
  })
  throw denialOf(access)
}

function denialOf({ codes: [code = 'access_denied'], reasons }: ToolAccess): Error {
  if (code === 'access_denied') return AccessDenied({ action: 'ai:useTool', reasons: [...reasons] })
  return denials[code satisfies Exclude<DenialCode, 'access_denied'>]({ reasons })
}

/** @throws grant_running, grant_limit, grant_rescinded when that happened since the policies were asked */
async function refuseSecond(tx: Write<Tables>, ctx: Context, asked: events.AskedFor): Promise<void> {
  if (await store.hasRescinded(tx, asked.userId, asked.tool))
    throw errors.GrantRescinded({ reasons: ['it was rescinded just now'] })
  const filter = { userId: asked.userId, state: 'running', limit: grantsMax } as const
  const running = await store.listGrants(tx, filter, ctx.clock())
  if (running.length >= grantsMax) throw errors.GrantLimit({ max: grantsMax })
  const same = running.find(
    (one) => one.tool === asked.tool && one.team_id === asked.teamId && one.repository_id === asked.repositoryId,
  )
  if (same !== undefined) throw errors.GrantRunning({ grantId: same.id })
}

/**
 * Extends a grant of whoever asks, once, by as long as a grant lasts from now, when the policies still allow it.
 *
 * @throws grant_not_found also for others' grants, grant_over, grant_extended, and the error of each code of a denial
 */
export async function extendGrant(services: GrantServices, ctx: Context, id: string): Promise<Grant> {
  const row = await ownRunning(services, ctx, id)
  if (row.extended_at !== null) throw errors.GrantExtended({})
  const asked = {
    ...{ userId: row.user_id, tool: row.tool, purpose: row.purpose, grantId: id },
    ...{ repositoryId: row.repository_id, teamId: row.team_id },
  }
  const access = await allowed(services, ctx, asked)
  await transact(services.db, ctx, async (tx, record) => {
    if (!(await store.holdPerson(tx, row.user_id))) throw NotSignedIn({})
    const now = ctx.clock()
    const expiresAt = new Date(Math.max(row.expires_at.getTime(), now + access.settings.grantMinutes * minuteMs))
    const changed = await tx
      .updateTable('ai_grant')
      .set({ extended_at: new Date(now), expires_at: expiresAt })
      .where('id', '=', id)
      .where('extended_at', 'is', null)
      .where('ended_at', 'is', null)
      .where('expires_at', '>', new Date(now))
      .where((is) => is.or([is('rescinded_at', 'is', null), is('restored_at', 'is not', null)]))
      .returning('id')
      .executeTakeFirst()
    if (changed === undefined) throw await whyNotExtended(tx, ctx, id)
    record(events.grantExtended(asked, access, expiresAt))
  })
  return grantAfter(services, ctx, id)
}

async function whyNotExtended(tx: Write<Tables>, ctx: Context, id: string): Promise<Error> {
  const row = await store.findGrant(tx, id, ctx.clock())
  if (row === undefined) return errors.GrantNotFound({ grantId: id })
  const state = store.stateOf(row, ctx.clock())
  return state === 'running' || state === 'suspended' ? errors.GrantExtended({}) : errors.GrantOver({ state })
}

/** Gives a grant of one's own back. @throws grant_not_found also for others' grants, grant_over */
export async function revokeGrant(services: GrantServices, ctx: Context, id: string): Promise<Grant> {
  const row = await ownRunning(services, ctx, id)
  await transact(services.db, ctx, async (tx, record) => {
    const ended = await tx
      .updateTable('ai_grant')
      .set({ ended_at: new Date(ctx.clock()), end_cause: 'revoked' })
      .where('id', '=', id)
      .where('ended_at', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (ended === undefined) throw errors.GrantOver({ state: 'revoked' })
    record(events.grantRevoked(row))
  })
  return grantAfter(services, ctx, id)
}

async function ownRunning({ db }: GrantServices, ctx: Context, id: string): Promise<store.GrantRow> {
  const row = await store.findGrant(db, id, ctx.clock())
  if (row === undefined || row.user_id !== ctx.actor.id) throw errors.GrantNotFound({ grantId: id })
  const state = store.stateOf(row, ctx.clock())
  if (state !== 'running' && state !== 'suspended') throw errors.GrantOver({ state })
  return row
}

/**
 * Takes a grant away, running or not: its holder gets no other of that tool until it is restored.
 *
 * @throws grant_not_found, access_denied, grant_rescission_other
 */
export async function rescindGrant(services: GrantServices, ctx: Context, id: string, reason: string): Promise<Grant> {
  const row = await known(services, ctx, id)
  await services.authority.act(services.db, ctx, acting('grant:rescind', row), async (tx, record) => {
    await store.holdPerson(tx, row.user_id)
    const at = new Date(ctx.clock())
    const changed = await tx
      .updateTable('ai_grant')
      .set({
        rescinded_at: at,
        rescinded_by: ctx.actor.id,
        rescind_reason: reason,
        restored_at: null,
        restored_by: null,
      })
      .where('id', '=', id)
      .where((is) => is.or([is('rescinded_at', 'is', null), is('restored_at', 'is not', null)]))
      .returning('id')
      .executeTakeFirst()
    if (changed === undefined) throw errors.GrantIsRescinded({ isRescinded: true })
    record(events.grantRescinded(row, reason))
  })
  return grantAfter(services, ctx, id)
}

/** Restores a grant that was rescinded. @throws grant_not_found, access_denied, grant_rescission_other */
export async function restoreGrant(services: GrantServices, ctx: Context, id: string, reason: string): Promise<Grant> {
  const row = await known(services, ctx, id)
  await services.authority.act(services.db, ctx, acting('grant:restore', row), async (tx, record) => {
    await store.holdPerson(tx, row.user_id)
    const changed = await tx
      .updateTable('ai_grant')
      .set({ restored_at: new Date(ctx.clock()), restored_by: ctx.actor.id })
      .where('id', '=', id)
      .where('rescinded_at', 'is not', null)
      .where('restored_at', 'is', null)
      .returning(['ended_at', 'expires_at'])
      .executeTakeFirst()
    if (changed === undefined) throw errors.GrantIsRescinded({ isRescinded: false })
    const isRunning = changed.ended_at === null && changed.expires_at.getTime() > ctx.clock()
    record(events.grantRestored(row, isRunning, reason))
  })
  return grantAfter(services, ctx, id)
}

async function known({ db }: GrantServices, ctx: Context, id: string): Promise<store.GrantRow> {
  const row = await store.findGrant(db, id, ctx.clock())
  if (row === undefined) throw errors.GrantNotFound({ grantId: id })
  return row
}

function acting(action: string, row: store.GrantRow) {
  return { action, resource: async () => ({ type: 'Grant', id: row.id, ...grantResource(row) }) }
}

/** A grant as policies see it. */
export function grantResource(row: Pick<store.GrantRow, 'team_id' | 'user_id'>) {
  return { team: row.team_id, attrs: { holder: row.user_id } }
}

/** Ends what runs for somebody who loses all access, in the transaction that does it. */
export async function endGrantsOf(
  given: Write<AccessTables>,
  record: RecordEvent,
  ctx: Context,
  userId: string,
): Promise<void> {
  const tx = given.withTables<Pick<GrantsTables, keyof GrantsTables>>()
  const at = new Date(ctx.clock())
  const ended = await tx
    .updateTable('ai_grant')
    .set({ ended_at: at, end_cause: 'access-ended' })
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', at)
    .returning(['id', 'user_id', 'tool'])
    .execute()
  for (const one of ended) record(events.grantEnded(one))
}

export interface Listing {
  readonly of: 'me' | 'all'
  readonly user?: string | undefined
  readonly tool?: string | undefined
  readonly state?: 'running' | 'over' | 'rescinded' | undefined
  readonly limit: number
  readonly cursor?: string | undefined
}

/** Grants of one's own, newest first; those of others for whoever may read people. @throws forbidden, cursor_invalid */
export async function listGrants(
  { db }: GrantServices,
  ctx: Context,
  { of, user, tool, state, limit, cursor }: Listing,
): Promise<{ items: Grant[]; next: string | null }> {
  const userId = user ?? (of === 'me' ? ctx.actor.id : undefined)
  if (userId !== ctx.actor.id && !maySeeOthers(ctx)) throw Forbidden({ permission: peopleRead })
  const before = cursor === undefined ? undefined : readCursor(cursor)
  const rows = await store.listGrants(db, { userId, tool, state, before, limit }, ctx.clock())
  const { items, next } = toPage(rows, limit, (row) => `${row.issued_at.getTime()}.${row.id}`)
  return { items: items.map((row) => toGrantNow(row, ctx)), next }
}

/** What was just written: whoever may write it may see it. */
async function grantAfter({ db }: GrantServices, ctx: Context, id: string): Promise<Grant> {
  const row = await store.findGrant(db, id, ctx.clock())
  if (row === undefined) throw errors.GrantNotFound({ grantId: id })
  return toGrantNow(row, ctx)
}

/** @throws grant_not_found also for others' grants where people are not for the caller to read */
export async function readGrant({ db }: GrantServices, ctx: Context, id: string): Promise<Grant> {
  const row = await store.findGrant(db, id, ctx.clock())
  const isShown = row !== undefined && (row.user_id === ctx.actor.id || maySeeOthers(ctx))
  if (!isShown) throw errors.GrantNotFound({ grantId: id })
  return toGrantNow(row, ctx)
}

const toGrantNow = (row: store.GrantRow, ctx: Context) => store.toGrant(row, ctx.clock())

export const peopleRead = 'people:read'

export function maySeeOthers({ scopes = [] }: Context): boolean {
  return scopes.includes('*') || scopes.includes(peopleRead)
}

export function readCursor(cursor: string): { at: Date; id: string } {
  const [, ms, id] = /^(\d{1,16})\.([a-z]{3}_[A-Za-z0-9_-]{1,80})$/.exec(cursor) ?? []
  if (ms === undefined || id === undefined || Number(ms) > 8.64e15) throw CursorInvalid({})
  return { at: new Date(Number(ms)), id }
}
