import { z } from 'zod'

export const everything = '*'
/** Whom the directory brought. */
export const member = 'member'

/** What the policies of roles permit to whoever holds these: the names of permissions. */
export type PermissionsOf = (roles: readonly string[]) => Promise<readonly string[]>

export const Session = z
  .object({
    userId: z.string(),
    role: z.string(),
    /** Every role held now, in whichever team. */
    roles: z.array(z.string()),
    scopes: z.array(z.string()),
    expiresAt: z.iso.datetime(),
    /** What a page sends as `x-csrf-token` with every write; null for a session that is no cookie. */
    csrfToken: z.string().nullable(),
    /** How an identity provider authenticated the person; null when none was asked. What it does not say was not shown. */
    authentication: z
      .object({
        issuerId: z.string(),
        authenticatedAt: z.iso.datetime().nullable(),
        acr: z.string().nullable(),
        amr: z.array(z.string()),
      })
      .nullable(),
  })
  .meta({ id: 'Session' })

/** A session of the caller that is open. */
export const OpenSession = z
  .object({
    id: z.string(),
    kind: z.enum(['browser', 'token']),
    isCurrent: z.boolean(),
    startedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    lastSeenAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'OpenSession' })
export type OpenSession = z.infer<typeof OpenSession>

export const Passkey = z
  .object({
    id: z.string(),
    name: z.string(),
    isBackedUp: z.boolean(),
    createdAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Passkey' })
export type Passkey = z.infer<typeof Passkey>

export const PasskeyName = z.string().trim().min(1).max(100)

export const Token = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    revokedAt: z.iso.datetime().nullable(),
    lastSeenAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Token' })
export type Token = z.infer<typeof Token>

export const MintToken = z
  .object({
    name: z.string().trim().min(1).max(100),
    scopes: z
      .array(z.string().regex(/^(\*|[a-z-]+:[a-z-]+)$/))
      .min(1)
      .max(50),
    expiresInDays: z.int().min(1).max(365).default(90),
  })
  .strict()
  .meta({ id: 'MintToken' })
export type MintToken = z.infer<typeof MintToken>

export const MintedToken = Token.extend({ token: z.string() }).meta({ id: 'MintedToken' })
export type MintedToken = z.infer<typeof MintedToken>

/** Who was found behind a token. */
export interface Caller {
  readonly userId: string
  /** The one that records name. */
  readonly role: string
  /** Every role held now, in whichever team. */
  readonly roles: readonly string[]
  readonly tokenId: string
  /** `scim` is a provisioning client, which is no person and has no session. */
  readonly kind: 'api' | 'session' | 'scim'
  /** A session that is a cookie of a browser. */
  readonly isBrowser: boolean
  /** What it may do now: `granted` within what the roles permit. */
  readonly scopes: readonly string[]
  readonly expiresAtMs: number
}

/** Whether the caller's scopes carry `permission`. */
export function allows(caller: Pick<Caller, 'kind' | 'scopes'>, permission: string): boolean {
  if (permission === 'signed-in') return caller.kind !== 'scim'
  return caller.scopes.includes(everything) || caller.scopes.includes(permission)
}

/**
 * What a token may do: what it was granted, as long as the roles behind it permit that. A session is granted all that they permit;
 * the token of a provisioning client has no person behind it, and what it was granted counts.
 */
export function scopesWithin(
  kind: Caller['kind'],
  granted: readonly string[],
  permitted: readonly string[],
): readonly string[] {
  if (kind === 'scim') return granted
  if (kind === 'session' || granted.includes(everything)) return permitted
  return permitted.includes(everything) ? granted : granted.filter((one) => permitted.includes(one))
}
