import { createHash, randomBytes } from 'node:crypto'
import { housekeeping, type LedgerTables } from '#kernel/ledger'
import type { Clock } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import type { AccessTables } from './store.ts'

type Tables = AccessTables & LedgerTables

export const challengeMs = 5 * 60_000
/** Challenges that wait at once; beyond it the oldest go, so that nobody can fill the table. */
const waitingMax = 10_000

/** A new challenge that one holder (a session, or a cookie of a browser) may answer once within five minutes. */
export async function issueChallenge(
  db: Db<Tables>,
  clock: Clock,
  purpose: 'register' | 'sign-in',
  holder: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const challenge = new Uint8Array(randomBytes(32))
  await keepChallenge(db, clock, { challenge, purpose, holder })
  return challenge
}

interface Waiting {
  readonly challenge: Uint8Array
  readonly purpose: AccessTables['access_challenge']['purpose']
  readonly holder: string
  /** With the purpose `approval` only. */
  readonly approval?: AskedApproval
}

/** What makes the challenge of an approval again, and the site that it was asked at. */
interface AskedApproval {
  readonly nonce: string
  readonly party: { readonly id: string; readonly origin: string }
}

/** Keeps a challenge until it is answered, for five minutes. It must be one that nobody can guess. */
export async function keepChallenge(db: Db<Tables>, clock: Clock, waiting: Waiting): Promise<void> {
  const { challenge, purpose, holder, approval } = waiting
  const now = clock()
  await housekeeping(db, async (tx) => {
    await tx.deleteFrom('access_challenge').where('expires_at', '<=', new Date(now)).execute()
    await tx
      .deleteFrom('access_challenge')
      .where('challenge_hash', 'in', (select) =>
        select
          .selectFrom('access_challenge')
          .select('challenge_hash')
          .orderBy('expires_at', 'desc')
          .offset(waitingMax - 1),
      )
      .execute()
    await tx
      .insertInto('access_challenge')
      .values({
        challenge_hash: sha256(challenge),
        purpose,
        holder_hash: sha256(holder),
        expires_at: new Date(now + challengeMs),
        nonce: approval?.nonce ?? null,
        rp_id: approval?.party.id ?? null,
        origin: approval?.party.origin ?? null,
      })
      .execute()
  })
}

/** Uses a challenge up; false when it was not given to this holder for this purpose, was used, or is too old. */
export async function takeChallenge(
  db: Db<Tables>,
  clock: Clock,
  purpose: 'register' | 'sign-in',
  holder: string,
  challenge: Uint8Array,
): Promise<boolean> {
  const taken = await housekeeping(db, (tx) => take(tx, clock, { purpose, holder, challenge }))
  return taken !== undefined
}

/** The same for an approval, within its transaction: an approval that is not made leaves the challenge. */
export async function takeApprovalChallenge(
  tx: Write<AccessTables>,
  clock: Clock,
  holder: string,
  challenge: Uint8Array,
): Promise<AskedApproval | undefined> {
  const taken = await take(tx, clock, { purpose: 'approval', holder, challenge })
  if (taken === undefined || taken.nonce === null || taken.rp_id === null || taken.origin === null) return undefined
  return { nonce: taken.nonce, party: { id: taken.rp_id, origin: taken.origin } }
}

async function take(tx: Write<AccessTables>, clock: Clock, { purpose, holder, challenge }: Waiting) {
  const taken = await tx
    .deleteFrom('access_challenge')
    .where('challenge_hash', '=', sha256(challenge))
    .returning(['purpose', 'holder_hash', 'expires_at', 'nonce', 'rp_id', 'origin'])
    .executeTakeFirst()
  const isRight =
    taken !== undefined &&
    taken.purpose === purpose &&
    taken.holder_hash.equals(sha256(holder)) &&
    taken.expires_at.getTime() > clock()
  return isRight ? taken : undefined
}

function sha256(value: string | Uint8Array): Buffer {
  return createHash('sha256').update(value).digest()
}
