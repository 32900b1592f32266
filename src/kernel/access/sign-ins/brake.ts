import { createHash, randomBytes } from 'node:crypto'
import { housekeeping, type LedgerTables } from '#kernel/ledger'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { DomainError, defineError } from '#platform/errors.ts'
import type { Exchange } from '#platform/http/route.ts'
import { browserCookie, cookieHeader } from '../cookies.ts'
import { PasskeyRefused, SignInLinkInvalid } from '../errors.ts'
import type { AccessTables } from '../store.ts'

type Tables = AccessTables & LedgerTables

export const SignInSlowed = defineError<{ retryAfterSeconds: number }>(
  'sign_in_slowed',
  429,
  ({ retryAfterSeconds }) => `too many sign-ins from here failed: try again in ${retryAfterSeconds} s`,
  'nobody else is slowed down by it, and no account is locked',
)

/** Failures that cost nothing: of one place for one account, and of one place for all. */
const freeForOne = 10
const freeForAll = 30
const waitMsMax = 60_000
/** A place is forgotten when nothing failed for so long. */
const forgottenMs = 15 * 60_000
const placesMax = 20_000
const knownMs = 180 * 86_400_000
const knownMax = 200_000

interface Failures {
  readonly count: number
  readonly lastAt: number
}

export interface SignInBrake {
  /**
   * Runs a sign-in, unless too many of the same place failed; counts it when it fails, and knows the browser again when it does not.
   *
   * @param hint what the attempt says of whose account it is for; never trusted to be that
   * @throws sign_in_slowed, and what `work` throws
   */
  guard<T>(exchange: Exchange, hint: string, work: () => Promise<T>): Promise<T>
}

/**
 * Slows down who guesses, and nobody else: failures count by address, or by browser where somebody signed in before, never by account
 * alone, so that nobody can lock others out. Kept by each node for itself.
 */
export function createSignInBrake(db: Db<Tables>, clock: Clock, secure: boolean): SignInBrake {
  const failures = countFailures(clock)
  const run = async <T>(keys: readonly [one: string, all: string], work: () => Promise<T>): Promise<T> => {
    try {
      const result = await work()
      failures.forget(keys[0])
      return result
    } catch (error) {
      if (isGuess(error)) for (const key of keys) failures.count(key)
      throw error
    }
  }
  return {
    guard: async (exchange, hint, work) => {
      const place = await placeOf(db, clock, exchange, secure)
      const [one, all] = [`${place.key}|${sha256(hint).toString('base64')}`, place.key]
      const wait = Math.max(failures.waitMs(one, freeForOne), failures.waitMs(all, freeForAll))
      if (wait > 0) throw SignInSlowed({ retryAfterSeconds: Math.ceil(wait / 1000) })
      const result = await failures.during([one, all], () => run([one, all], work))
      if (!place.isKnown) await keepBrowser(db, clock, exchange, secure)
      return result
    },
  }
}

function countFailures(clock: Clock) {
  const failures = new Map<string, Failures>()
  /** Sign-ins that are not answered yet: each may be a failure, so no more of them run than may fail. */
  const running = new Map<string, number>()
  const add = (key: string, n: number) => {
    const left = (running.get(key) ?? 0) + n
    if (left > 0) running.set(key, left)
    else running.delete(key)
  }
  const forgetOld = (now: number) => {
    for (const [key, { lastAt }] of failures) {
      // the oldest stand first
      if (failures.size <= placesMax && now - lastAt < forgottenMs) return
      failures.delete(key)
    }
  }
  return {
    /** How long to wait: twice as long with each failure beyond those that are free. */
    waitMs: (key: string, free: number): number => {
      const found = failures.get(key)
      const atOnce = running.get(key) ?? 0
      if (atOnce > 0 && (found?.count ?? 0) + atOnce >= free) return 1000
      if (found === undefined || found.count < free) return 0
      const wait = Math.min(waitMsMax, 1000 * 2 ** Math.min(found.count - free, 10))
      return Math.max(0, found.lastAt + wait - clock())
    },
    count: (key: string): void => {
      const now = clock()
      forgetOld(now)
      const before = failures.get(key)?.count ?? 0
      failures.delete(key)
      failures.set(key, { count: before + 1, lastAt: now })
    },
    forget: (key: string): void => void failures.delete(key),
    during: async <T>(keys: readonly string[], work: () => Promise<T>): Promise<T> => {
      for (const key of keys) add(key, 1)
      try {
        return await work()
      } finally {
        for (const key of keys) add(key, -1)
      }
    },
  }
}

function isGuess(error: unknown): boolean {
  return error instanceof DomainError && [SignInLinkInvalid.code, PasskeyRefused.code].includes(error.code)
}

/** The browser, where somebody signed in with it before; else the address. */
async function placeOf(
  db: Db<Tables>,
  clock: Clock,
  exchange: Exchange,
  secure: boolean,
): Promise<{ key: string; isKnown: boolean }> {
  const cookie = exchange.cookie(browserCookie(secure))
  if (cookie !== undefined && /^[A-Za-z0-9_-]{43}$/.test(cookie)) {
    const known = await db
      .selectFrom('access_known_browser')
      .select('cookie_hash')
      .where('cookie_hash', '=', sha256(cookie))
      .where('expires_at', '>', new Date(clock()))
      .executeTakeFirst()
    if (known !== undefined) return { key: `browser|${known.cookie_hash.toString('base64')}`, isKnown: true }
  }
  return { key: `address|${networkOf(exchange.address)}`, isKnown: false }
}

/** Of IPv6 the part that one customer gets: whoever has it has all addresses below. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const gap = tail === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
  return [...left, ...gap, ...right].slice(0, 4).join(':')
}

async function keepBrowser(db: Db<Tables>, clock: Clock, exchange: Exchange, secure: boolean): Promise<void> {
  const cookie = randomBytes(32).toString('base64url')
  const now = clock()
  await housekeeping(db, async (tx) => {
    await tx.deleteFrom('access_known_browser').where('expires_at', '<=', new Date(now)).execute()
    await tx
      .deleteFrom('access_known_browser')
      .where('cookie_hash', 'in', (select) =>
        select
          .selectFrom('access_known_browser')
          .select('cookie_hash')
          .orderBy('expires_at', 'desc')
          .offset(knownMax - 1),
      )
      .execute()
    await tx
      .insertInto('access_known_browser')
      .values({ cookie_hash: sha256(cookie), expires_at: new Date(now + knownMs) })
      .execute()
  })
  exchange.setHeader('set-cookie', cookieHeader(browserCookie(secure), cookie, secure, knownMs / 1000))
}

function sha256(value: string): Buffer {
  return createHash('sha256').update(value).digest()
}
