import { createHash, randomBytes, randomInt } from 'node:crypto'
import { type Context, housekeeping, type LedgerTables, transact } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { ScopeUnknown } from '../errors.ts'
import { tokenMinted } from '../events.ts'
import { allows, type Caller, everything } from '../model.ts'
import { asUser, newToken } from '../service.ts'
import { requireSession } from '../sessions.ts'
import { type AccessTables, holdUser, insertToken } from '../store.ts'
import { DeviceCodeUnknown, DeviceOver, DeviceTooFast, DeviceWaits } from './errors.ts'
import { deviceAllowed, deviceDenied } from './events.ts'

type Tables = AccessTables & LedgerTables

const waitingMs = 10 * 60_000
const waitingMax = 10_000
export const intervalSeconds = 3
const tokenMs = 8 * 3_600_000
/** No vowels, so that no words come of it, and nothing that looks like something else (RFC 8628 section 6.1). */
const letters = 'BCDFGHJKLMNPQRSTVWXZ'

/**
 * Begins the sign-in of a command line, which asks for these permissions, or for all that only read.
 *
 * @throws scope_unknown
 */
export async function beginDevice(db: Db<Tables>, ctx: Context, known: ReadonlySet<string>, asked: readonly string[]) {
  const unknown = asked.find((one) => !known.has(one))
  if (unknown !== undefined) throw ScopeUnknown({ scope: unknown })
  const deviceCode = randomBytes(32).toString('base64url')
  const userCode = Array.from({ length: 8 }, () => letters[randomInt(letters.length)]).join('')
  const now = ctx.clock()
  await housekeeping(db, async (tx) => {
    await tx.deleteFrom('access_device').where('expires_at', '<=', new Date(now)).execute()
    await tx
      .deleteFrom('access_device')
      .where('device_hash', 'in', (select) =>
        select
          .selectFrom('access_device')
          .select('device_hash')
          .orderBy('expires_at', 'desc')
          .offset(waitingMax - 1),
      )
      .execute()
    await tx
      .insertInto('access_device')
      .values({
        device_hash: sha256(deviceCode),
        user_code_hash: sha256(userCode),
        scopes: asked.length > 0 ? [...asked] : [...known].filter((one) => one.endsWith(':read')).sort(),
        asked_at: new Date(now),
        expires_at: new Date(now + waitingMs),
      })
      .execute()
  })
  return { deviceCode, userCode: `${userCode.slice(0, 4)}-${userCode.slice(4)}`, expiresInSeconds: waitingMs / 1000 }
}

/** What waits for the caller to confirm: the permissions that they would give. @throws device_code_unknown, session_needed */
export async function findDevice(db: Db<Tables>, ctx: Context, caller: Caller, userCode: string) {
  requireSession(caller)
  const row = await db
    .selectFrom('access_device')
    .select(['scopes', 'asked_at', 'expires_at'])
    .where('user_code_hash', '=', sha256(plainCode(userCode)))
    .where('user_id', 'is', null)
    .where('expires_at', '>', new Date(ctx.clock()))
    .executeTakeFirst()
  if (row === undefined) throw DeviceCodeUnknown({})
  return {
    scopes: givable(caller, row.scopes),
    askedAt: timestamp(row.asked_at.getTime()),
    expiresAt: timestamp(row.expires_at.getTime()),
  }
}

/** Confirms or refuses a command line, once. @throws device_code_unknown, session_needed */
export async function answerDevice(
  db: Db<Tables>,
  ctx: Context,
  caller: Caller,
  userCode: string,
  allow: boolean,
): Promise<void> {
  requireSession(caller)
  await transact(db, ctx, async (tx, record) => {
    // before the row of the code, as a deactivation takes them
    if (!(await holdUser(tx, caller.userId))) throw DeviceCodeUnknown({})
    const row = await tx
      .selectFrom('access_device')
      .select(['device_hash', 'scopes'])
      .where('user_code_hash', '=', sha256(plainCode(userCode)))
      .where('user_id', 'is', null)
      .where('expires_at', '>', new Date(ctx.clock()))
      .forUpdate()
      .executeTakeFirst()
    if (row === undefined) throw DeviceCodeUnknown({})
    if (!allow) {
      await tx.deleteFrom('access_device').where('device_hash', '=', row.device_hash).execute()
      record(deviceDenied(caller.userId))
      return
    }
    const scopes = givable(caller, row.scopes)
    await tx
      .updateTable('access_device')
      .set({ user_id: caller.userId, scopes })
      .where('device_hash', '=', row.device_hash)
      .execute()
    record(deviceAllowed(caller.userId, scopes))
  })
}

/**
 * The token of a command line that was confirmed: for 8 hours, once.
 *
 * @throws device_sign_in_waits, device_sign_in_too_fast, device_sign_in_over
 */
export async function redeemDevice(db: Db<Tables>, ctx: Context, deviceCode: string) {
  const hash = sha256(deviceCode)
  const found = await poll(db, ctx, hash)
  if (found === undefined) throw DeviceOver({})
  if (found === 'too fast') throw DeviceTooFast({ retryAfterSeconds: intervalSeconds })
  if (found.user_id === null || found.role === null) throw DeviceWaits({ retryAfterSeconds: intervalSeconds })
  const user = { id: found.user_id, role: found.role }
  const made = newToken(ctx, 'api', user.id, 'command line', found.scopes, tokenMs)
  await transact(db, asUser(ctx, user), async (tx, record) => {
    const taken = await tx.deleteFrom('access_device').where('device_hash', '=', hash).executeTakeFirst()
    if (taken.numDeletedRows !== 1n || !(await insertToken(tx, made.row))) throw DeviceOver({})
    const { id, scopes, expiresAtMs, name } = made.row
    record(tokenMinted(user.id, id, scopes, timestamp(expiresAtMs), name))
  })
  return { token: made.secret, scopes: [...made.row.scopes], expiresAt: timestamp(made.row.expiresAtMs) }
}

async function poll(db: Db<Tables>, ctx: Context, hash: Buffer) {
  const now = ctx.clock()
  return housekeeping(db, async (tx) => {
    const row = await tx
      .selectFrom('access_device as d')
      .leftJoin('access_user as u', 'u.id', 'd.user_id')
      .select(['d.user_id', 'd.scopes', 'd.polled_at', 'd.expires_at', 'u.role'])
      .where('d.device_hash', '=', hash)
      .executeTakeFirst()
    if (row === undefined || row.expires_at.getTime() <= now) return undefined
    // a little earlier than said is no haste
    if (row.polled_at !== null && now - row.polled_at.getTime() < (intervalSeconds - 1) * 1000) return 'too fast'
    await tx
      .updateTable('access_device')
      .set({ polled_at: new Date(now) })
      .where('device_hash', '=', hash)
      .execute()
    return row
  })
}

/** Of what was asked for, what the caller may give: never all at once by one word. */
function givable(caller: Caller, scopes: readonly string[]): string[] {
  return scopes.filter((one) => one !== everything && allows(caller, one))
}

function plainCode(text: string): string {
  return text.toUpperCase().replace(/[^A-Z]/g, '')
}

function sha256(value: string): Buffer {
  return createHash('sha256').update(value).digest()
}
