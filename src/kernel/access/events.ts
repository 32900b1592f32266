import { z } from 'zod'
import { type AuditEvent, committed, defineEvent, sealed } from '#kernel/ledger'

const expiring = z.object({ expiresAt: z.iso.datetime() })

const OwnerCreated = defineEvent('owner.created', z.object({}), {
  description: 'the first owner was made at the first start',
})
const SignInLinkIssued = defineEvent('sign-in-link.issued', expiring, {
  description: 'a one-time sign-in link was made; earlier ones of the same user ended',
})
const SessionStarted = defineEvent(
  'session.started',
  expiring.extend({
    method: z.enum(['link', 'recovery', 'passkey', 'oidc']).optional(),
    /** The passkey that signed in. */
    passkeyId: z.string().optional(),
    /** The identity provider that signed in, with what it said of how: RFC 8176 and OpenID Connect Core 1.0 section 2. */
    issuerId: z.string().optional(),
    acr: z.string().nullable().optional(),
    amr: z.array(z.string()).optional(),
  }),
  {
    description: 'a user signed in by a one-time link (of a recovery or not), by a passkey, or at an identity provider',
  },
)
const SessionEnded = defineEvent('session.ended', z.object({}), {
  description: 'a user signed out, here or from another session, or signed in again in the same browser',
})
const TokenMinted = defineEvent('token.minted', expiring.extend({ scopes: z.array(z.string()), name: committed }), {
  description: 'a user made an API token',
})
const TokenRevoked = defineEvent('token.revoked', z.object({}), { description: 'a user ended an API token' })

const PasskeyRegistered = defineEvent(
  'passkey.registered',
  z.object({ name: committed, isBackedUp: z.boolean(), authenticator: z.string() }),
  {
    description:
      'a user registered a passkey; `authenticator` is the AAGUID that it names, all zero when it names none',
  },
)
const PasskeyRenamed = defineEvent('passkey.renamed', z.object({ name: committed }), {
  description: 'a user gave a passkey another name',
})
const PasskeyRemoved = defineEvent('passkey.removed', z.object({}), {
  description: 'a user removed a passkey; it signs nobody in any more',
})

const ScimClientAdded = defineEvent('scim-client.added', expiring.extend({ name: committed }), {
  description: 'a program was allowed to provision people, by a token of its own',
})
const ScimClientRevoked = defineEvent('scim-client.revoked', z.object({}), {
  description: 'the token of a program that provisioned people was ended',
})

export const accessEvents = [
  OwnerCreated,
  SignInLinkIssued,
  SessionStarted,
  SessionEnded,
  TokenMinted,
  TokenRevoked,
  PasskeyRegistered,
  PasskeyRenamed,
  PasskeyRemoved,
  ScimClientAdded,
  ScimClientRevoked,
]

export function ownerCreated(userId: string): AuditEvent {
  return OwnerCreated({ targets: [user(userId)], data: {} })
}

export function signInLinkIssued(userId: string, linkId: string, expiresAt: string): AuditEvent {
  return SignInLinkIssued({ targets: [user(userId), token(linkId)], data: { expiresAt } })
}

/** How somebody signed in. */
export type SignInMethod =
  | { readonly method: 'link' | 'recovery' }
  | { readonly method: 'passkey'; readonly passkeyId: string }
  | { readonly method: 'oidc'; readonly issuerId: string; readonly acr: string | null; readonly amr: string[] }

export function sessionStarted(userId: string, sessionId: string, expiresAt: string, how: SignInMethod): AuditEvent {
  return SessionStarted({ targets: [user(userId), token(sessionId)], data: { expiresAt, ...how } })
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

export function passkeyRegistered(
  userId: string,
  passkey: { id: string; name: string; isBackedUp: boolean; authenticator: string },
): AuditEvent {
  const { id, name, ...data } = passkey
  return PasskeyRegistered({ targets: [user(userId), key(id)], data: { ...data, name: sealed.text('name', name) } })
}

export function passkeyRenamed(userId: string, passkeyId: string, name: string): AuditEvent {
  return PasskeyRenamed({ targets: [user(userId), key(passkeyId)], data: { name: sealed.text('name', name) } })
}

export function passkeyRemoved(userId: string, passkeyId: string): AuditEvent {
  return PasskeyRemoved({ targets: [user(userId), key(passkeyId)], data: {} })
}

export function scimClientAdded(clientId: string, tokenId: string, name: string, expiresAt: string): AuditEvent {
  const data = { name: sealed.text('name', name), expiresAt }
  return ScimClientAdded({ targets: [service(clientId), token(tokenId)], data })
}

export function scimClientRevoked(clientId: string, tokenId: string): AuditEvent {
  return ScimClientRevoked({ targets: [service(clientId), token(tokenId)], data: {} })
}

function service(id: string) {
  return { type: 'service', id }
}

function key(id: string) {
  return { type: 'passkey', id }
}

function user(id: string) {
  return { type: 'user', id }
}

function token(id: string) {
  return { type: 'token', id }
}
