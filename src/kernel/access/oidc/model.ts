import { z } from 'zod'

const name = z.string().trim().min(1).max(100)
const clientId = z
  .string()
  .regex(/^[\x21-\x7e]+$/)
  .max(255)
const clientSecret = z
  .string()
  .regex(/^[\x21-\x7e]+$/)
  .max(1024)
const scopes = z
  .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/))
  .min(1)
  .max(20)
  .refine((list) => list.includes('openid'), { error: 'must include `openid`' })
const claim = z.string().regex(/^[A-Za-z0-9_:./-]{1,200}$/)

/** Claims that people or administrators change, or that a provider does not check: nobody is recognised by them. */
const changeable = ['email', 'name', 'nickname', 'preferred_username', 'unique_name', 'upn']
const matchClaim = claim.refine((one) => !changeable.includes(one), {
  error: 'must be a claim that never changes and is never given to somebody else, such as `sub` or `oid`',
})

export const NewIssuer = z
  .strictObject({
    name,
    issuer: z.string().max(500),
    clientId,
    /** Absent for a public client, which proves itself by PKCE alone. */
    clientSecret: clientSecret.optional(),
    scopes: scopes.default(['openid']),
    matchClaim: matchClaim.nullable().default('sub'),
    groupsClaim: claim.nullable().default(null),
    admitsUnknown: z.boolean().default(false),
    isActive: z.boolean().default(true),
  })
  .meta({ id: 'NewIssuer' })
export type NewIssuer = z.infer<typeof NewIssuer>

/** The issuer itself never changes: people are known by it. */
export const ChangedIssuer = z
  .strictObject({
    name,
    clientId,
    /** null makes it a public client. */
    clientSecret: clientSecret.nullable(),
    scopes,
    matchClaim: matchClaim.nullable(),
    groupsClaim: claim.nullable(),
    admitsUnknown: z.boolean(),
    isActive: z.boolean(),
  })
  .partial()
  .refine((change) => Object.keys(change).length > 0, { error: 'must change something' })
  .meta({ id: 'ChangedIssuer' })
export type ChangedIssuer = z.infer<typeof ChangedIssuer>

export const Issuer = z
  .object({
    id: z.string(),
    name: z.string(),
    /** The `iss` of its tokens, exactly. */
    issuer: z.string(),
    clientId: z.string(),
    hasSecret: z.boolean(),
    scopes: z.array(z.string()),
    /** The claim that is the `externalId` of provisioned people; null where nobody is matched by it. */
    matchClaim: z.string().nullable(),
    /** Kept for the mapping of groups to roles; nothing reads it yet. */
    groupsClaim: z.string().nullable(),
    /** Whether people whom nobody provisioned may sign in; they may do nothing but that. */
    admitsUnknown: z.boolean(),
    isActive: z.boolean(),
    createdAt: z.iso.datetime(),
    changedAt: z.iso.datetime(),
  })
  .meta({ id: 'Issuer' })
export type Issuer = z.infer<typeof Issuer>

/** What the provider has to be told, and what was found when it was asked. */
export const IssuerCheck = z
  .object({
    ok: z.boolean(),
    redirectUri: z.string(),
    signedOutUri: z.string(),
    backChannelLogoutUri: z.string(),
    findings: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
  })
  .meta({ id: 'IssuerCheck' })
export type IssuerCheck = z.infer<typeof IssuerCheck>

export const NewPerson = z
  .strictObject({
    /** The `sub` that the provider gives this person. */
    subject: z
      .string()
      .regex(/^[\x20-\x7e]+$/)
      .max(255),
    /** A user who is there already; absent for a new one, who may sign in and nothing else. */
    userId: z
      .string()
      .regex(/^usr_[A-Za-z0-9_-]{1,80}$/)
      .optional(),
  })
  .meta({ id: 'NewPersonOfIssuer' })
export type NewPerson = z.infer<typeof NewPerson>
