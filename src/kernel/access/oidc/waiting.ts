import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { housekeeping, type LedgerTables } from '#kernel/ledger'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import type { AccessTables } from '../store.ts'
import { Refused } from './refusals.ts'

type Tables = AccessTables & LedgerTables

export const waitingMs = 10 * 60_000
/** Sign-ins that wait at once. More than one address can begin in ten minutes by far; beyond it the oldest go. */
const waitingMax = 100_000

/** A sign-in that waits for the provider: what the browser keeps, and what goes to the provider. */
export interface Begun {
  /** For a cookie of this browser: random, then where to go afterwards. */
  readonly browser: string
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

export interface Waiting {
  readonly nonce: string
  readonly verifier: string
  readonly maxAgeSeconds: number | null
  readonly replaces: string | undefined
  /** A path of ours. */
  readonly to: string
}

/**
 * Begins a sign-in that this browser may end once within ten minutes. Nonce and verifier follow from the state and what only the
 * browser holds, so neither stands in the database.
 */
export async function beginWaiting(
  db: Db<Tables>,
  clock: Clock,
  sign: {
    readonly issuerId: string
    readonly maxAgeSeconds: number | null
    readonly replaces: string | undefined
    readonly to: string
  },
): Promise<Begun> {
  const state = randomBytes(32).toString('base64url')
  const browser = `${randomBytes(32).toString('base64url')}.${Buffer.from(sign.to).toString('base64url')}`
  const now = clock()
  await housekeeping(db, async (tx) => {
    await tx.deleteFrom('access_sign_in').where('expires_at', '<=', new Date(now)).execute()
    await tx
      .deleteFrom('access_sign_in')
      .where('state_hash', 'in', (select) =>
        select
          .selectFrom('access_sign_in')
          .select('state_hash')
          .orderBy('expires_at', 'desc')
          .offset(waitingMax - 1),
      )
      .execute()
    await tx
      .insertInto('access_sign_in')
      .values({
        state_hash: sha256(state),
        browser_hash: sha256(browser),
        issuer_id: sign.issuerId,
        max_age_seconds: sign.maxAgeSeconds,
        replaces: sign.replaces ?? null,
        expires_at: new Date(now + waitingMs),
      })
      .execute()
  })
  return { browser, state, ...secretsOf(state, browser) }
}

/**
 * Uses a sign-in up. Another browser cannot: what it shows leaves the sign-in where it is.
 *
 * @throws Refused
 */
export async function takeWaiting(
  db: Db<Tables>,
  clock: Clock,
  issuerId: string,
  state: string,
  browser: string | undefined,
): Promise<Waiting> {
  const taken = await housekeeping(db, async (tx) => {
    const found = await tx
      .selectFrom('access_sign_in')
      .selectAll()
      .where('state_hash', '=', sha256(state))
      .forUpdate()
      .executeTakeFirst()
    if (found === undefined || found.expires_at.getTime() <= clock()) return undefined
    if (browser === undefined || !timingSafeEqual(found.browser_hash, sha256(browser))) return 'other'
    await tx.deleteFrom('access_sign_in').where('state_hash', '=', found.state_hash).execute()
    return found
  })
  if (taken === undefined) throw new Refused('state_unknown')
  if (taken === 'other' || browser === undefined) throw new Refused('browser_other')
  if (taken.issuer_id !== issuerId) throw new Refused('issuer_mixed_up')
  return {
    ...secretsOf(state, browser),
    maxAgeSeconds: taken.max_age_seconds,
    replaces: taken.replaces ?? undefined,
    to: localPath(Buffer.from(browser.split('.')[1] ?? '', 'base64url').toString()),
  }
}

/** A page of ours, or the first one: nothing that a browser could take for another address. */
export function localPath(text: string | undefined): string {
  return text !== undefined && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,1000}$/.test(text) ? text : '/'
}

function secretsOf(state: string, browser: string) {
  const derive = (purpose: string) => createHmac('sha256', browser).update(`${purpose}|${state}`).digest('base64url')
  return { nonce: derive('countersign/oidc-nonce/v1'), verifier: derive('countersign/oidc-pkce/v1') }
}

export function sha256(value: string): Buffer {
  return createHash('sha256').update(value).digest()
}
