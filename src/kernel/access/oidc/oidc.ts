import { buildEndSessionUrl } from 'openid-client'
import type { Context, LedgerTables } from '#kernel/ledger'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import type { Log } from '#platform/log.ts'
import { boundedRecords } from '../bounded-records.ts'
import type { AccessTables } from '../store.ts'
import { logOutByProvider } from './back-channel.ts'
import { IssuerNotFound } from './errors.ts'
import { signInRefused } from './events.ts'
import { findIssuer, listIssuerRows } from './issuer-store.ts'
import type { IssuerCheck } from './model.ts'
import { idTokenOf } from './oidc-sessions.ts'
import { createProviders, libraryConfiguration, type Metadata, type Providers } from './provider.ts'
import { ProviderFault } from './provider-fetch.ts'
import { LogoutTokenRefused, type RefusalReason, Refused, SignInRefused, sentenceOf } from './refusals.ts'
import { beginSignInAt, type CallbackAnswer, endSignInAt, type OidcParts } from './sign-in.ts'
import { algorithms } from './tokens.ts'

type Tables = AccessTables & LedgerTables

export interface OidcOptions {
  readonly db: Db<Tables>
  readonly clock: Clock
  readonly log: Log
  /** Plain HTTP to this machine counts as a provider: for tests only. */
  readonly allowsLoopback: boolean
}

/** Sign-in at identity providers. Whoever is refused leaves a record, as far as those do not come too fast. */
export interface Oidc {
  /** Whom people may choose, by name. */
  choices(): Promise<{ id: string; name: string }[]>
  /** @throws sign_in_refused */
  begin(ctx: Context, issuerId: string, sign: Parameters<typeof beginSignInAt>[3]): ReturnType<typeof beginSignInAt>
  /** @throws sign_in_refused */
  end(
    ctx: Context,
    issuerId: string,
    answer: CallbackAnswer,
    from: Parameters<typeof endSignInAt>[4],
  ): ReturnType<typeof endSignInAt>
  /** A back-channel logout. @throws logout_token_refused */
  logOut(ctx: Context, issuerId: string, token: string): Promise<void>
  /** Where the provider signs out who holds this session; undefined where it cannot, or none began it. */
  signOutUrl(ctx: Context, sessionId: string, returnTo: string): Promise<string | undefined>
  /** @throws issuer_not_found */
  check(issuerId: string, origin: string): Promise<IssuerCheck>
  readonly allowsLoopback: boolean
  readonly providers: Providers
  readonly clock: Clock
}

export function createOidc(options: OidcOptions): Oidc {
  const { db, clock, log, allowsLoopback } = options
  const providers = createProviders(clock, allowsLoopback)
  const parts = { db, providers, allowsLoopback }
  const records = boundedRecords(db, clock)
  const recordRefusal = async (ctx: Context, issuerId: string, reason: RefusalReason) => {
    const known = (await findIssuer(db, issuerId))?.id
    await records(ctx, (unrecorded) => signInRefused(known, reason, unrecorded))
  }
  const watched = async <T>(ctx: Context, issuerId: string, error: typeof SignInRefused, work: () => Promise<T>) => {
    try {
      return await work()
    } catch (thrown) {
      if (thrown instanceof ProviderFault) log.warn({ event: 'issuer.fault', issuerId, detail: thrown.message })
      const reason = reasonOf(thrown)
      if (reason === undefined) throw thrown
      await recordRefusal(ctx, issuerId, reason)
      throw error({ reason, sentence: sentenceOf(reason) }, thrown)
    }
  }
  return {
    choices: async () => (await listIssuerRows(db)).filter((one) => one.isActive).map(({ id, name }) => ({ id, name })),
    begin: (ctx, issuerId, sign) =>
      watched(ctx, issuerId, SignInRefused, () => beginSignInAt(parts, ctx, issuerId, sign)),
    end: (ctx, issuerId, answer, from) =>
      watched(ctx, issuerId, SignInRefused, () => endSignInAt(parts, ctx, issuerId, answer, from)),
    logOut: (ctx, issuerId, token) =>
      watched(ctx, issuerId, LogoutTokenRefused, () => logOutByProvider(db, providers, ctx, issuerId, token)),
    signOutUrl: async (ctx, sessionId, returnTo) => {
      try {
        return await signOutUrl(parts, ctx, sessionId, returnTo)
      } catch (error) {
        // whoever leaves is not kept here by a provider that is down
        if (!(error instanceof ProviderFault)) throw error
        log.warn({ event: 'issuer.fault', detail: error.message })
        return undefined
      }
    },
    check: (issuerId, origin) => checkIssuer(db, providers, issuerId, origin),
    allowsLoopback,
    providers,
    clock,
  }
}

function reasonOf(thrown: unknown): RefusalReason | undefined {
  if (thrown instanceof Refused) return thrown.reason
  return thrown instanceof ProviderFault ? 'provider_unreachable' : undefined
}

/** OpenID Connect RP-Initiated Logout 1.0 section 2. */
async function signOutUrl(
  { db, providers, allowsLoopback }: OidcParts,
  ctx: Context,
  sessionId: string,
  returnTo: string,
): Promise<string | undefined> {
  const kept = await idTokenOf(db, ctx, sessionId)
  const issuer = kept === undefined ? undefined : await findIssuer(db, kept.issuerId)
  if (kept === undefined || issuer === undefined) return undefined
  const { metadata } = await providers.find(issuer.issuer)
  if (metadata.end_session_endpoint === undefined) return undefined
  const hint: Record<string, string> = kept.idToken === undefined ? {} : { id_token_hint: kept.idToken }
  const config = libraryConfiguration(metadata, issuer.clientId, allowsLoopback)
  return buildEndSessionUrl(config, { post_logout_redirect_uri: returnTo, ...hint }).href
}

/** The addresses of ours that a provider has to know. */
export function addressesFor(issuerId: string, origin: string) {
  const base = `${origin}/sign-in/oidc/${issuerId}`
  return {
    redirectUri: `${base}/callback`,
    signedOutUri: `${origin}/sign-in`,
    backChannelLogoutUri: `${base}/back-channel-logout`,
  }
}

async function checkIssuer(
  db: Db<Tables>,
  providers: Providers,
  issuerId: string,
  origin: string,
): Promise<IssuerCheck> {
  const issuer = await findIssuer(db, issuerId)
  if (issuer === undefined) throw IssuerNotFound({ issuerId })
  const addresses = addressesFor(issuerId, origin)
  try {
    const { metadata, keys } = await providers.ask(issuer.issuer)
    const findings = [
      { name: 'discovery', ok: true, detail: 'the discovery document is of this issuer' },
      { name: 'keys', ok: keys > 0, detail: `it publishes ${keys === 1 ? '1 key' : `${keys} keys`}` },
      algorithmFinding(metadata),
      {
        name: 'sign-out',
        ok: true,
        detail:
          metadata.end_session_endpoint === undefined
            ? 'it has no end_session_endpoint: signing out here leaves people signed in there'
            : 'signing out here signs out there',
      },
    ]
    return { ok: findings.every((one) => one.ok), ...addresses, findings }
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error
    return { ok: false, ...addresses, findings: [{ name: 'discovery', ok: false, detail: error.message }] }
  }
}

function algorithmFinding(metadata: Metadata) {
  const named = metadata.id_token_signing_alg_values_supported ?? ['RS256']
  const usable = named.filter((one) => algorithms.includes(one))
  const detail = usable.length > 0 ? `it signs with ${usable.join(', ')}` : 'it signs in no way that counts here'
  return { name: 'algorithms', ok: usable.length > 0, detail }
}
