import {
  AuthorizationResponseError,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretBasic,
  ClientSecretPost,
  calculatePKCECodeChallenge,
  customFetch,
  None,
  ResponseBodyError,
} from 'openid-client'
import { type Context, type LedgerTables, transact } from '#kernel/ledger'
import type { Db, Write } from '#platform/database.ts'
import { newId } from '#platform/ids.ts'
import {
  findByExternalId,
  findByIdentity,
  type Identity,
  IdentityTaken,
  type KnownUser,
  linkIdentity,
} from '../directory/identities.ts'
import { lockPerson } from '../directory/person-store.ts'
import { keepClaimedGroups } from '../roles/claimed-groups.ts'
import { asUser, sessionMs, startSession } from '../service.ts'
import { type AccessTables, holdUser, insertUser } from '../store.ts'
import { userAdmitted } from './events.ts'
import { findIssuer, holdIssuer, type IssuerRow } from './issuer-store.ts'
import { guest, openSecret } from './issuers.ts'
import { keepAuthentication } from './oidc-sessions.ts'
import { libraryConfiguration, type Metadata, type Provider, type Providers } from './provider.ts'
import { askProvider, ProviderFault } from './provider-fetch.ts'
import { Refused } from './refusals.ts'
import { type Authenticated, readIdToken } from './tokens.ts'
import { beginWaiting, takeWaiting, type Waiting } from './waiting.ts'

type Tables = AccessTables & LedgerTables

export interface OidcParts {
  readonly db: Db<Tables>
  readonly providers: Providers
  /** Plain HTTP to this machine counts as a provider: for tests. */
  readonly allowsLoopback: boolean
}

/** What a provider sends back to us with the browser (RFC 6749 section 4.1.2, RFC 9207). */
export interface CallbackAnswer {
  readonly state?: string | undefined
  readonly code?: string | undefined
  readonly iss?: string | undefined
  readonly error?: string | undefined
}

/**
 * Where the browser goes to sign in, and what it has to keep until it comes back.
 *
 * @throws Refused, ProviderFault
 */
export async function beginSignInAt(
  { db, providers, allowsLoopback }: OidcParts,
  ctx: Context,
  issuerId: string,
  sign: {
    readonly redirectUri: string
    readonly maxAgeSeconds: number | null
    readonly replaces: string | undefined
    readonly to: string
  },
): Promise<{ url: string; browser: string }> {
  const issuer = await activeIssuer(db, issuerId)
  const { metadata } = await providers.find(issuer.issuer)
  const begun = await beginWaiting(db, ctx.clock, { issuerId, ...sign })
  const url = buildAuthorizationUrl(libraryConfiguration(metadata, issuer.clientId, allowsLoopback), {
    redirect_uri: sign.redirectUri,
    scope: issuer.scopes.join(' '),
    state: begun.state,
    nonce: begun.nonce,
    code_challenge: await calculatePKCECodeChallenge(begun.verifier),
    code_challenge_method: 'S256',
    ...(sign.maxAgeSeconds === null ? {} : { max_age: String(sign.maxAgeSeconds) }),
  })
  return { url: url.href, browser: begun.browser }
}

/**
 * Ends a sign-in that this browser began: a new session for the person whom the provider names.
 *
 * @throws Refused, ProviderFault
 */
export async function endSignInAt(
  parts: OidcParts,
  ctx: Context,
  issuerId: string,
  answer: CallbackAnswer,
  from: { readonly redirectUri: string; readonly browser: string | undefined },
): Promise<{ token: string; to: string }> {
  const { db, providers } = parts
  if ((await findIssuer(db, issuerId)) === undefined) throw new Refused('provider_unknown')
  if (answer.state === undefined) throw new Refused('state_unknown')
  const waiting = await takeWaiting(db, ctx.clock, issuerId, answer.state, from.browser)
  const issuer = await activeIssuer(db, issuerId)
  const provider = await providers.find(issuer.issuer)
  refuseMixUp(provider.metadata, answer)
  if (answer.error !== undefined || answer.code === undefined) throw new Refused('provider_refused')
  const idToken = await redeem(parts, ctx, { issuer, provider, waiting, answer, redirectUri: from.redirectUri })
  const said = await readIdToken(idToken, {
    provider,
    clientId: issuer.clientId,
    clock: ctx.clock,
    nonce: waiting.nonce,
    maxAgeSeconds: waiting.maxAgeSeconds,
  })
  const token = await startSessionFor(parts, ctx, { issuer, said, idToken, replaces: waiting.replaces })
  return { token, to: waiting.to }
}

async function activeIssuer(db: Db<Tables>, issuerId: string): Promise<IssuerRow> {
  const issuer = await findIssuer(db, issuerId)
  if (issuer === undefined) throw new Refused('provider_unknown')
  if (!issuer.isActive) throw new Refused('provider_inactive')
  return issuer
}

/** RFC 9207: who answers says who it is, where the provider can. */
function refuseMixUp(metadata: Metadata, { iss }: CallbackAnswer): void {
  if (iss === undefined && metadata.authorization_response_iss_parameter_supported !== true) return
  if (iss !== metadata.issuer) throw new Refused('issuer_mixed_up')
}

interface Redeemed {
  readonly issuer: IssuerRow
  readonly provider: Provider
  readonly waiting: Waiting
  readonly answer: CallbackAnswer
  readonly redirectUri: string
}

/**
 * Trades the code for an ID token, which is the caller's to read: what is thrown here is about the exchange, and a token that
 * came is handed out even where the library does not like it, so that our own reader says why.
 */
async function redeem({ allowsLoopback }: OidcParts, ctx: Context, what: Redeemed): Promise<string> {
  const { issuer, provider, waiting, answer, redirectUri } = what
  const { metadata } = provider
  const secret = await openSecret(ctx, issuer)
  const authentication = clientAuthentication(metadata, secret)
  const config = libraryConfiguration(metadata, issuer.clientId, allowsLoopback, authentication)
  let body: unknown
  config[customFetch] = async (address, request) => {
    if (address !== metadata.token_endpoint) throw new ProviderFault('the exchange of the code went elsewhere')
    const response = await askProvider(address, { ...request, allowsLoopback })
    if (response.ok)
      body = await response
        .clone()
        .json()
        .catch(() => undefined)
    return response
  }
  const url = new URL(redirectUri)
  for (const [name, value] of Object.entries(answer)) if (value !== undefined) url.searchParams.set(name, value)
  try {
    await authorizationCodeGrant(config, url, {
      expectedState: answer.state ?? '',
      expectedNonce: waiting.nonce,
      pkceCodeVerifier: waiting.verifier,
      ...(waiting.maxAgeSeconds === null ? {} : { maxAge: waiting.maxAgeSeconds }),
      idTokenExpected: true,
    })
  } catch (error) {
    const came = idTokenIn(body)
    if (came === undefined) throw exchangeRefused(error, body)
    await readIdTokenOrThrow(came, what, ctx)
    // our reader found nothing, the library did: nobody is let in that both do not believe
    throw new Refused('token_malformed', error)
  }
  const token = idTokenIn(body)
  if (token === undefined) throw new Refused('token_missing')
  return token
}

async function readIdTokenOrThrow(token: string, { issuer, provider, waiting }: Redeemed, ctx: Context): Promise<void> {
  const { nonce, maxAgeSeconds } = waiting
  await readIdToken(token, { provider, clientId: issuer.clientId, clock: ctx.clock, nonce, maxAgeSeconds })
}

function exchangeRefused(error: unknown, body: unknown): Error {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof ProviderFault) return cause
  if (error instanceof ResponseBodyError) return new Refused('code_refused', error)
  if (error instanceof AuthorizationResponseError) return new Refused('provider_refused', error)
  if (body !== undefined) return new Refused('token_missing', error)
  return new ProviderFault('the token endpoint does not answer as it should', error)
}

function idTokenIn(body: unknown): string | undefined {
  const token = typeof body === 'object' && body !== null ? Reflect.get(body, 'id_token') : undefined
  return typeof token === 'string' ? token : undefined
}

function clientAuthentication(metadata: Metadata, secret: string | undefined) {
  if (secret === undefined) return None()
  const methods = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  return methods.includes('client_secret_post') ? ClientSecretPost(secret) : ClientSecretBasic(secret)
}

interface Arrived {
  readonly issuer: IssuerRow
  readonly said: Authenticated
  readonly idToken: string
  readonly replaces: string | undefined
}

async function startSessionFor({ db }: OidcParts, ctx: Context, arrived: Arrived): Promise<string> {
  const { issuer, said, idToken, replaces } = arrived
  const person = await findPerson(db, issuer, said)
  if (person !== undefined && !person.isActive) throw new Refused('person_disabled')
  if (person === undefined && !issuer.admitsUnknown) throw new Refused('person_unknown')
  const identity = { issuer: issuer.issuer, subject: said.subject }
  const user = { id: person?.userId ?? newId('usr'), role: person?.role ?? guest }
  try {
    return await transact(db, asUser(ctx, user), async (tx, record) => {
      // switching a provider off ends what it began: this is before that, or not at all
      if (!(await holdIssuer(tx, issuer.id))) throw new Refused('provider_inactive')
      if (person === undefined) {
        await insertUser(tx, user.id, user.role, ctx.clock())
        record(userAdmitted(user.id, issuer.id, 'sign-in'))
      }
      // of two accounts that come for one person at once, the second sees the first
      if (person !== undefined && !person.isLinked) await lockPerson(tx, user.id)
      if (!(await holdUser(tx, user.id))) throw new Refused('person_disabled')
      if (person !== undefined && !person.isLinked) await refuseTaken(tx, user.id, identity)
      await linkIdentity(tx, record, ctx, user.id, identity)
      await noteGroups(tx, ctx, user.id, arrived)
      const how = { method: 'oidc' as const, issuerId: issuer.id, acr: said.acr, amr: [...said.amr] }
      const started = await startSession(tx, record, ctx, user, { kind: 'browser', replaces }, how)
      await keepAuthentication(tx, ctx, { id: started.caller.tokenId, issuerId: issuer.id, idToken }, said)
      return started.token
    })
  } catch (error) {
    // somebody else's in the meantime
    if (IdentityTaken.is(error)) throw new Refused('person_taken', error)
    throw error
  }
}

/** Groups that the provider names, where it was said in which claim. */
async function noteGroups(tx: Write<Tables>, ctx: Context, userId: string, { issuer, said }: Arrived): Promise<void> {
  const claim = issuer.groupsClaim === null ? undefined : said.claims[issuer.groupsClaim]
  const now = ctx.clock()
  await keepClaimedGroups(tx, { issuerId: issuer.id, userId, claim }, now, now + sessionMs)
}

/**
 * Who goes by this account: by issuer and subject, and at the first time by the external id that the directory gave; never by
 * a mail address. Whoever has an account of a provider already is not taken over by a second one.
 */
async function findPerson(
  db: Db<Tables>,
  issuer: IssuerRow,
  said: Authenticated,
): Promise<(KnownUser & { isLinked: boolean }) | undefined> {
  const identity = { issuer: issuer.issuer, subject: said.subject }
  const known = await findByIdentity(db, identity)
  if (known !== undefined) return { ...known, isLinked: true }
  if (issuer.matchClaim === null) return undefined
  const externalId = said.claims[issuer.matchClaim]
  if (typeof externalId !== 'string' || externalId === '' || externalId.length > 1000) return undefined
  const [matched, ...more] = await findByExternalId(db, externalId)
  if (matched === undefined || more.length > 0) return undefined
  await refuseTaken(db, matched.userId, identity)
  return { ...matched, isLinked: false }
}

async function refuseTaken(db: Pick<Db<Tables>, 'selectFrom'>, userId: string, own: Identity): Promise<void> {
  const linked = await db
    .selectFrom('access_identity')
    .select(['issuer', 'subject'])
    .where('user_id', '=', userId)
    .execute()
  if (linked.some((one) => one.issuer !== own.issuer || one.subject !== own.subject)) throw new Refused('person_taken')
}
