import { z } from 'zod'
import { type AuditEvent, committed, defineEvent, sealed } from '#kernel/ledger'

const expiring = z.object({ expiresAt: z.iso.datetime() })

const OwnerCreated = defineEvent('owner.created', z.object({}), {
  description: 'the first owner was made at the first start',
})
const SignInLinkIssued = defineEvent('sign-in-link.issued', expiring, {
  description: 'a one-time sign-in link was made; earlier ones of the same user ended',
})
const SessionStarted = defineEvent('session.started', expiring, {
  description: 'a user signed in by a one-time link',
})
const SessionEnded = defineEvent('session.ended', z.object({}), { description: 'a user signed out' })
const TokenMinted = defineEvent('token.minted', expiring.extend({ scopes: z.array(z.string()), name: committed }), {
  description: 'a user made an API token',
})
const TokenRevoked = defineEvent('token.revoked', z.object({}), { description: 'a user ended an API token' })

export const accessEvents = [OwnerCreated, SignInLinkIssued, SessionStarted, SessionEnded, TokenMinted, TokenRevoked]

export function ownerCreated(userId: string): AuditEvent {
  return OwnerCreated({ targets: [user(userId)], data: {} })
}

export function signInLinkIssued(userId: string, linkId: string, expiresAt: string): AuditEvent {
  return SignInLinkIssued({ targets: [user(userId), token(linkId)], data: { expiresAt } })
}

export function sessionStarted(userId: string, sessionId: string, expiresAt: string): AuditEvent {
  return SessionStarted({ targets: [user(userId), token(sessionId)], data: { expiresAt } })
}

export function sessionEnded(userId: string, sessionId: string): AuditEvent {
  return SessionEnded({ targets: [user(userId), token(sessionId)], data: {} })
}

export function tokenMinted(
  userId: string,
  tokenId: string,
  scopes: readonly string[],
  expiresAt: string,
  name: string,
): AuditEvent {
  const data = { scopes: [...scopes], expiresAt, name: sealed.text('name', name) }
  return TokenMinted({ targets: [user(userId), token(tokenId)], data })
}

export function tokenRevoked(userId: string, tokenId: string): AuditEvent {
  return TokenRevoked({ targets: [user(userId), token(tokenId)], data: {} })
}

function user(id: string) {
  return { type: 'user', id }
}

function token(id: string) {
  return { type: 'token', id }
}
