import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { type Context, type LedgerTables, transact } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import type { Exchange } from '#platform/http/route.ts'
import { newId } from '#platform/ids.ts'
import { challengeMs, issueChallenge, takeChallenge } from './challenges.ts'
import { PasskeyAddress, PasskeyLimit, PasskeyNotFound, PasskeyRefused, PasskeySession } from './errors.ts'
import { passkeyRegistered, passkeyRemoved, passkeyRenamed } from './events.ts'
import type { Caller, Passkey } from './model.ts'
import * as passkeys from './passkey-store.ts'
import { asUser, type SessionHolder, startSession } from './service.ts'
import { requireSession } from './sessions.ts'
import { type AccessTables, holdUser } from './store.ts'

type Tables = AccessTables & LedgerTables

/** For whom a passkey is made: browsers give it to pages of this origin only. */
export interface RelyingParty {
  readonly id: string
  readonly origin: string
}

const passkeysMax = 20
/** RSA of 4096 bits has half of it; approvals carry the key in their record. */
const publicKeyBytesMax = 1024
/** EdDSA, ES256, RS256: what authenticators have. */
const algorithms = [-8, -7, -257]

/**
 * The one address that passkeys are for: `publicUrl`, or `localhost` where nobody has named one. It is never taken from
 * what a client says, but for the port of localhost.
 *
 * @throws passkey_address_unusable for bare addresses, which browsers refuse, and names that nobody configured
 */
export function relyingParty(exchange: Exchange, publicUrl: string | undefined): RelyingParty {
  const own = `${exchange.protocol}://${exchange.host}`
  const url = new URL(publicUrl ?? (URL.canParse(own) ? own : 'http://unreadable.invalid'))
  const isName = /^(?=.*[a-z])[a-z0-9.-]+$/.test(url.hostname) && !/^[0-9.]+$/.test(url.hostname)
  const isSafe = url.protocol === 'https:' || url.hostname === 'localhost'
  if (!isName || !isSafe || (publicUrl === undefined && url.hostname !== 'localhost'))
    throw PasskeyAddress({ host: url.hostname.slice(0, 255) })
  return { id: url.hostname, origin: url.origin }
}

/** What a browser needs to make a passkey for the caller. @throws session_needed, passkey_session_needed, passkey_limit */
export async function beginRegistration(db: Db<Tables>, ctx: Context, caller: Caller, party: RelyingParty) {
  requireSession(caller)
  if (!(await passkeys.mayAdd(db, caller))) throw PasskeySession({})
  const known = await passkeys.listPasskeys(db, caller.userId)
  if (known.length >= passkeysMax) throw PasskeyLimit({ max: passkeysMax })
  return generateRegistrationOptions({
    rpName: 'Countersign',
    rpID: party.id,
    userName: caller.role,
    userDisplayName: caller.role,
    userID: new TextEncoder().encode(caller.userId),
    challenge: await issueChallenge(db, ctx.clock, 'register', caller.tokenId),
    timeout: challengeMs,
    attestationType: 'none',
    excludeCredentials: known.map((one) => ({ id: one.credentialId.toString('base64url') })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: algorithms,
  })
}

/**
 * Registers what the authenticator made for the challenge of this very session.
 *
 * @throws session_needed, passkey_session_needed, passkey_refused, passkey_limit
 */
export async function register(
  db: Db<Tables>,
  ctx: Context,
  caller: Caller,
  party: RelyingParty,
  input: { readonly name: string; readonly response: RegistrationResponseJSON },
): Promise<Passkey> {
  requireSession(caller)
  const { registrationInfo } = await verifyRegistrationResponse({
    response: input.response,
    expectedChallenge: (challenge) =>
      takeChallenge(db, ctx.clock, 'register', caller.tokenId, Buffer.from(challenge, 'base64url')),
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    requireUserVerification: true,
    supportedAlgorithmIDs: algorithms,
  }).catch((error: unknown) => {
    throw PasskeyRefused({}, error)
  })
  if (registrationInfo === undefined || registrationInfo.credential.publicKey.length > publicKeyBytesMax)
    throw PasskeyRefused({})
  if ((await passkeys.listPasskeys(db, caller.userId)).length >= passkeysMax) throw PasskeyLimit({ max: passkeysMax })
  const { credential, credentialBackedUp: isBackedUp, aaguid } = registrationInfo
  const id = newId('pky')
  await transact(db, ctx, async (tx, record) => {
    if (!(await passkeys.admit(tx, caller))) throw PasskeySession({})
    const isNew = await passkeys.insertPasskey(tx, {
      id,
      userId: caller.userId,
      name: input.name,
      credentialId: Buffer.from(credential.id, 'base64url'),
      publicKey: Buffer.from(credential.publicKey),
      signCount: credential.counter,
      transports: (credential.transports ?? []).slice(0, 8),
      isBackedUp,
      createdAtMs: ctx.clock(),
    })
    if (!isNew) throw PasskeyRefused({})
    record(passkeyRegistered(caller.userId, { id, name: input.name, isBackedUp, authenticator: aaguid }))
  })
  return { id, name: input.name, isBackedUp, createdAt: timestamp(ctx.clock()), lastUsedAt: null }
}

/** @throws session_needed, passkey_not_found also for another user's passkey */
export async function rename(db: Db<Tables>, ctx: Context, caller: Caller, id: string, name: string): Promise<void> {
  requireSession(caller)
  await transact(db, ctx, async (tx, record) => {
    if (!(await passkeys.renamePasskey(tx, caller.userId, id, name))) throw PasskeyNotFound({ passkeyId: id })
    record(passkeyRenamed(caller.userId, id, name))
  })
}

/** @throws session_needed, passkey_not_found also for another user's passkey */
export async function remove(db: Db<Tables>, ctx: Context, caller: Caller, id: string): Promise<void> {
  requireSession(caller)
  await transact(db, ctx, async (tx, record) => {
    if (!(await passkeys.removePasskey(tx, caller.userId, id))) throw PasskeyNotFound({ passkeyId: id })
    record(passkeyRemoved(caller.userId, id))
  })
}

/** What a browser needs to sign somebody in, whoever it is: no list of passkeys is given to whom we do not know. */
export async function beginSignIn(db: Db<Tables>, ctx: Context, party: RelyingParty, browser: string) {
  return generateAuthenticationOptions({
    rpID: party.id,
    challenge: await issueChallenge(db, ctx.clock, 'sign-in', browser),
    timeout: challengeMs,
    userVerification: 'required',
  })
}

/**
 * Starts a session for whose passkey answered the challenge of this very browser.
 *
 * @throws passkey_refused whatever is wrong; which of it is not told
 */
export async function signInByPasskey(
  db: Db<Tables>,
  ctx: Context,
  party: RelyingParty,
  browser: string,
  response: AuthenticationResponseJSON,
  holder: SessionHolder,
): Promise<{ caller: Caller; token: string }> {
  const found = await passkeys.findPasskey(db, Buffer.from(response.id, 'base64url'))
  const credential = {
    id: response.id,
    publicKey: new Uint8Array(found?.public_key ?? Buffer.alloc(0)),
    counter: Number(found?.sign_count ?? 0),
  }
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response,
    // used up also when the passkey is unknown, so that nobody can try several
    expectedChallenge: (challenge) =>
      takeChallenge(db, ctx.clock, 'sign-in', browser, Buffer.from(challenge, 'base64url')),
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    credential,
    requireUserVerification: true,
  }).catch((error: unknown) => {
    throw PasskeyRefused({}, error)
  })
  if (!verified || found === undefined || !isOf(response, found.user_id)) throw PasskeyRefused({})
  const user = { id: found.user_id, role: found.role }
  return transact(db, asUser(ctx, user), async (tx, record) => {
    if (!(await holdUser(tx, user.id))) throw PasskeyRefused({})
    const use = { from: found.sign_count, to: authenticationInfo.newCounter, atMs: ctx.clock() }
    if (!(await passkeys.countUse(tx, found.id, use))) throw PasskeyRefused({})
    return startSession(tx, record, ctx, user, holder, { method: 'passkey', passkeyId: found.id })
  })
}

function isOf(response: AuthenticationResponseJSON, userId: string): boolean {
  const { userHandle } = response.response
  return userHandle !== undefined && Buffer.from(userHandle, 'base64url').toString('utf8') === userId
}
