import { randomBytes } from 'node:crypto'
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  verifyAuthenticationResponse,
} from '@simplewebauthn/server'
import type { Context, LedgerTables, RecordEvent } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import { newId } from '#platform/ids.ts'
import { challengeMs, keepChallenge, takeApprovalChallenge } from '../challenges.ts'
import type { Caller } from '../model.ts'
import * as passkeys from '../passkey-store.ts'
import type { RelyingParty } from '../passkeys.ts'
import { requireSession } from '../sessions.ts'
import { type AccessTables, holdUser } from '../store.ts'
import type { Assertion } from '../webauthn.ts'
import { type Approval, insertApproval } from './approvals.ts'
import { ApprovalRepeated, PasskeyNeeded, StepUpRefused } from './errors.ts'
import { approvalGiven } from './events.ts'
import {
  type Approvable,
  type ApprovalPreimage,
  type ApprovalProof,
  challengeOf,
  verifyApproval,
} from './proof/index.ts'

type Tables = AccessTables & LedgerTables

/**
 * What a browser needs to have the caller's authenticator sign exactly `subject`: for five minutes, once, and for this session.
 *
 * @throws session_needed for an API token, passkey_needed
 */
export async function beginStepUp(
  db: Db<Tables>,
  ctx: Context,
  caller: Caller,
  party: RelyingParty,
  subject: Approvable,
) {
  requireSession(caller)
  const known = await passkeys.listPasskeys(db, caller.userId)
  if (known.length === 0) throw PasskeyNeeded({})
  const nonce = randomBytes(32).toString('base64url')
  const challenge = new Uint8Array(challengeOf(preimageOf(subject, caller.userId, nonce)))
  await keepChallenge(db, ctx.clock, {
    challenge,
    purpose: 'approval',
    holder: caller.tokenId,
    approval: { nonce, party },
  })
  return generateAuthenticationOptions({
    rpID: party.id,
    challenge,
    timeout: challengeMs,
    allowCredentials: known.map((one) => ({ id: one.credentialId.toString('base64url') })),
    userVerification: 'required',
  })
}

/**
 * Takes the answer of whoever acts in `ctx` to exactly `subject`, within the transaction that acts on it: the assertion is by a
 * passkey of theirs, of a verified person, over a challenge that was given to this session for this subject, and counts once.
 * Records `approval.given`, which anyone can verify offline.
 *
 * @param userId whoever acts in `ctx`
 * @throws step_up_refused whatever is wrong with the assertion; which of it is not told; passkey_needed, approval_repeated
 */
export async function takeApproval(
  tx: Write<Tables>,
  record: RecordEvent,
  ctx: Context,
  userId: string,
  subject: Approvable,
  assertion: Assertion,
): Promise<Approval> {
  const { actor, sessionId } = ctx
  if (sessionId === undefined || actor.kind !== 'user' || actor.id !== userId) throw StepUpRefused({})
  // first, so that this and a deactivation never wait for each other
  if (!(await holdUser(tx, userId))) throw StepUpRefused({})
  const passkey = await passkeys.findPasskey(tx, Buffer.from(assertion.id, 'base64url'))
  if (passkey === undefined || passkey.user_id !== userId) {
    if ((await passkeys.listPasskeys(tx, userId)).length === 0) throw PasskeyNeeded({})
    throw StepUpRefused({})
  }
  const challenge = givenChallenge(assertion)
  const asked = challenge && (await takeApprovalChallenge(tx, ctx.clock, sessionId, challenge))
  if (asked === undefined) throw StepUpRefused({})
  const { party, nonce } = asked
  const preimage = preimageOf(subject, userId, nonce)
  const from = passkey.sign_count
  const to = await verifiedCount(assertion, preimage, party, passkey)
  const proof = proofOf(assertion, preimage, party, passkey.public_key)
  // what is recorded is what anybody will check again, by the same code
  if (!(await verifyApproval(proof)).holds) throw StepUpRefused({})
  const now = ctx.clock()
  if (!(await passkeys.countUse(tx, passkey.id, { from, to, atMs: now }))) throw StepUpRefused({})
  const id = newId('apr')
  const recordId = record(approvalGiven(id, passkey.id, proof))
  const approval: Approval = { id, userId, subject: preimage.subject, at: timestamp(now), recordId }
  if (!(await insertApproval(tx, approval, now))) throw ApprovalRepeated({})
  return approval
}

function preimageOf({ type, id, digest, decision }: Approvable, userId: string, nonce: string): ApprovalPreimage {
  return { v: 1, purpose: 'approval', subject: { type, id, digest, decision }, userId, nonce }
}

/** The challenge that the browser says was signed; whether it was is seen later. */
function givenChallenge(assertion: Assertion): Buffer | undefined {
  try {
    const said: unknown = JSON.parse(Buffer.from(assertion.response.clientDataJSON, 'base64url').toString('utf8'))
    const isObject = typeof said === 'object' && said !== null && 'challenge' in said
    return isObject && typeof said.challenge === 'string' ? Buffer.from(said.challenge, 'base64url') : undefined
  } catch {
    return undefined
  }
}

/** The authenticator's count after this use. @throws step_up_refused */
async function verifiedCount(
  assertion: Assertion,
  preimage: ApprovalPreimage,
  party: RelyingParty,
  passkey: { readonly public_key: Buffer; readonly sign_count: bigint },
): Promise<number> {
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    // the schema is narrower than what the library's type allows, which says nothing of `undefined`
    response: assertion as AuthenticationResponseJSON,
    expectedChallenge: Buffer.from(challengeOf(preimage)).toString('base64url'),
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    credential: {
      id: assertion.id,
      publicKey: new Uint8Array(passkey.public_key),
      counter: Number(passkey.sign_count),
    },
    requireUserVerification: true,
  }).catch((error: unknown) => {
    throw StepUpRefused({}, error)
  })
  const { userHandle } = assertion.response
  const isTheirs = userHandle === undefined || Buffer.from(userHandle, 'base64url').toString('utf8') === preimage.userId
  if (!verified || !isTheirs) throw StepUpRefused({})
  return authenticationInfo.newCounter
}

function proofOf(
  { response }: Assertion,
  preimage: ApprovalPreimage,
  party: RelyingParty,
  publicKey: Buffer,
): ApprovalProof {
  const { clientDataJSON, authenticatorData, signature } = response
  return {
    preimage,
    clientDataJSON,
    authenticatorData,
    signature,
    publicKey: publicKey.toString('base64url'),
    rpId: party.id,
    origin: party.origin,
  }
}
