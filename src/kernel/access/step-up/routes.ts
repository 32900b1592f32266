import { z } from 'zod'
import { type Context, route } from '#kernel/ledger'
import type { Route } from '#platform/http/route.ts'
import { PasskeyAddress, SessionNeeded } from '../errors.ts'
import { relyingParty } from '../passkeys.ts'
import { type AccessOptions, callerOf } from '../routes.ts'
import { PasskeyOptions } from '../webauthn.ts'
import { PasskeyNeeded } from './errors.ts'
import { beginStepUp } from './step-up.ts'

/** What can be approved, as the routes that take approvals know it. */
const Subject = z.strictObject({
  type: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/),
  id: z.string().regex(/^[\x21-\x7e]{1,200}$/),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  decision: z.enum(['approve', 'reject']),
})

export function stepUpRoutes({ db, publicUrl }: AccessOptions): Route<Context>[] {
  return [
    route({
      method: 'POST',
      path: '/v1/step-up',
      permission: 'signed-in',
      summary:
        'gives your browser a challenge that is the digest of what you approve: for five minutes, once, and for this session',
      body: Subject,
      reply: PasskeyOptions,
      errors: [SessionNeeded, PasskeyAddress, PasskeyNeeded],
      handler: async (ctx, { body, exchange }) => ({
        ...(await beginStepUp(db, ctx, await callerOf(db, ctx), relyingParty(exchange, publicUrl), body)),
      }),
    }),
  ]
}
