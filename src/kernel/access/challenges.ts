import { createHash, randomBytes } from 'node:crypto'
import { housekeeping, type LedgerTables } from '#kernel/ledger'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import type { AccessTables } from './store.ts'

type Tables = AccessTables & LedgerTables
type Purpose = 'register' | 'sign-in'

export const challengeMs = 5 * 60_000
/** Challenges that wait at once; beyond it the oldest go, so that nobody can fill the table. */
const waitingMax = 10_000

/** A new challenge that one holder (a session, or a cookie of a browser) may answer once within five minutes. */
export async function issueChallenge(
  db: Db<Tables>,
  clock: Clock,
  purpose: Purpose,
  holder: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const challenge = new Uint8Array(randomBytes(32))
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
      })
      .execute()
  })
  return challenge
}

/** Uses a challenge up; false when it was not given to this holder for this purpose, was used, or is too old. */
export async function takeChallenge(
  db: Db<Tables>,
  clock: Clock,
  purpose: Purpose,
  holder: string,
  challenge: Uint8Array,
): Promise<boolean> {
  return housekeeping(db, async (tx) => {
    const taken = await tx
      .deleteFrom('access_challenge')
      .where('challenge_hash', '=', sha256(challenge))
      .returning(['purpose', 'holder_hash', 'expires_at'])
      .executeTakeFirst()
    return (
      taken !== undefined &&
      taken.purpose === purpose &&
      taken.holder_hash.equals(sha256(holder)) &&
      taken.expires_at.getTime() > clock()
    )
  })
}

function sha256(value: string | Uint8Array): Buffer {
  return createHash('sha256').update(value).digest()
}
