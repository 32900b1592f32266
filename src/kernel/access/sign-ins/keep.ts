import type { Write } from '#platform/database.ts'
import type { SignInMethod } from '../events.ts'
import type { AccessTables, TokenRow } from '../store.ts'

/** In the transaction of the sign-in. */
export async function keepSignIn(tx: Write<AccessTables>, session: TokenRow, how: SignInMethod): Promise<void> {
  await tx
    .insertInto('access_signed_in')
    .values({
      token_id: session.id,
      user_id: session.userId,
      at: new Date(session.createdAtMs),
      method: how.method,
      passkey_id: how.method === 'passkey' ? how.passkeyId : null,
      issuer_id: how.method === 'oidc' ? how.issuerId : null,
    })
    .execute()
}
