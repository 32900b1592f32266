import { decodeJwt, importJWK, type JWK, type JWTPayload } from 'jose'
import type { Context } from '#kernel/ledger'
import { heldByAll, permissionsOfUser } from '../agents/held.ts'
import type { AgentKeyJwk } from '../agents/public-key.ts'
import { findByIdentity } from '../directory/identities.ts'
import type { Providers } from '../oidc/provider.ts'
import { ProviderFault } from '../oidc/provider-fetch.ts'
import { type RefusalReason, Refused } from '../oidc/refusals.ts'
import { readSigned, refuseForm, refuseFuture, shortText, skewSeconds } from '../oidc/tokens.ts'
import { sha256 } from '../oidc/waiting.ts'
import { isPinned, isTrusted, type Pipeline, pipelineIn } from './ci-claims.ts'
import type { CiTrust } from './ci-model.ts'
import { trustsOf } from './ci-trusts.ts'
import { type OwnReader, toolsOf } from './own-proof.ts'
import { nothingMore, type Proof, ProofRefused, type StsReason } from './proof.ts'

export interface SignedReader extends OwnReader {
  readonly providers: Providers
  /** Our own address, for which access tokens and assertions are made. */
  readonly origin: () => string
}

/** A proof that lives longer than this is none of minutes: it could be shown again long after. */
const assertionLifeSeconds = 600

/**
 * Who stands behind a token that somebody else signed: a person of a configured identity provider, or a pipeline that is trusted.
 *
 * @param type as the request says it; an access token is never taken for an ID token, nor the other way round
 * @throws ProofRefused
 */
export async function readSignedToken(
  reader: SignedReader,
  token: string,
  type: 'id' | 'access' | 'any',
  clientId: string | undefined,
): Promise<Proof> {
  return believing(async () => {
    const { iss, aud } = unverified(token)
    const provider = await activeProvider(reader, iss)
    if (provider !== undefined && type === 'access') return readAccessToken(reader, token, provider)
    if (provider !== undefined && [aud].flat().includes(provider.clientId)) return readIdToken(reader, token, provider)
    if (type === 'access') throw new ProofRefused('token_issuer')
    const trusts = await trustsOf(reader.db, iss, reader.clock())
    if (trusts.length > 0) return readPipelineToken(reader, token, trusts, clientId)
    throw new ProofRefused(provider === undefined ? 'token_issuer' : 'token_audience')
  })
}

/** Whose token it says that it is, before anything of it is believed. */
function unverified(token: string): { iss: string; aud: JWTPayload['aud'] } {
  refuseForm(token)
  try {
    const { iss, aud } = decodeJwt(token)
    if (typeof iss === 'string' && iss.length <= 500) return { iss, aud }
  } catch (error) {
    throw new ProofRefused('token_malformed', error)
  }
  throw new ProofRefused('token_issuer')
}

interface Provider {
  readonly id: string
  readonly issuer: string
  readonly clientId: string
}

async function activeProvider({ db }: SignedReader, issuer: string): Promise<Provider | undefined> {
  return db
    .selectFrom('access_issuer')
    .select(['id', 'issuer', 'client_id as clientId'])
    .where('issuer', '=', issuer)
    .where('is_active', '=', true)
    .executeTakeFirst()
}

async function readIdToken(reader: SignedReader, token: string, provider: Provider): Promise<Proof> {
  const signer = await reader.providers.signer(provider.issuer)
  const { payload, typ } = await readSigned(token, { ...signer, audience: provider.clientId, clock: reader.clock })
  if (typ !== undefined && typ.toUpperCase() !== 'JWT') throw new ProofRefused('token_type')
  if (payload['events'] !== undefined) throw new ProofRefused('token_type')
  const { aud } = payload
  const azp = payload['azp']
  if (azp !== undefined ? azp !== provider.clientId : Array.isArray(aud) && aud.length > 1)
    throw new ProofRefused('token_audience')
  return personIn(reader, token, payload, provider, 'id-token')
}

/** RFC 9068: made for us by name, and said to be an access token. */
async function readAccessToken(reader: SignedReader, token: string, provider: Provider): Promise<Proof> {
  const signer = await reader.providers.signer(provider.issuer)
  const { payload, typ } = await readSigned(token, { ...signer, audience: reader.origin(), clock: reader.clock })
  if (!['AT+JWT', 'APPLICATION/AT+JWT'].includes(typ?.toUpperCase() ?? '')) throw new ProofRefused('token_type')
  return personIn(reader, token, payload, provider, 'access-token')
}

async function personIn(
  reader: SignedReader,
  token: string,
  payload: JWTPayload,
  { id: issuerId, issuer }: Provider,
  kind: 'id-token' | 'access-token',
): Promise<Proof> {
  const once = usedUp(reader, token, payload, issuer)
  const { sub } = payload
  if (typeof sub !== 'string' || sub === '') throw new ProofRefused('token_subject')
  const person = await findByIdentity(reader.db, { issuer, subject: sub })
  if (person === undefined || !person.isActive) throw new ProofRefused('person_unknown')
  const scopes = await permissionsOfUser(reader.db, reader.permissionsOf, person.userId)
  const provider = { issuerId, subject: sub, sid: shortText(payload['sid'], 255) }
  return { ...nothingMore, kind, subjectId: person.userId, scopes, once, provider }
}

async function readPipelineToken(
  reader: SignedReader,
  token: string,
  trusts: readonly CiTrust[],
  clientId: string | undefined,
): Promise<Proof> {
  const issuer = trusts[0]?.issuer ?? ''
  const signer = await reader.providers.signer(issuer)
  const audience = [...new Set(trusts.map((one) => one.audience))]
  const { payload, typ } = await readSigned(token, { ...signer, audience, clock: reader.clock })
  if (typ !== undefined && typ.toUpperCase() !== 'JWT') throw new ProofRefused('token_type')
  // a token for several would be good for each of them, and one of them could show it here
  if (typeof payload.aud !== 'string') throw new ProofRefused('token_audience')
  if (typeof payload.jti !== 'string' || payload.jti === '') throw new ProofRefused('token_id')
  const once = usedUp(reader, token, payload, issuer)
  const fitting = trusts.filter((one) => {
    const found = pipelineIn(payload, one.provider)
    return one.audience === payload.aud && found !== undefined && isTrusted(one, found)
  })
  const named = clientId === undefined ? fitting : fitting.filter((one) => one.id === clientId)
  const [trust, ...more] = named
  if (trust === undefined) throw new ProofRefused('pipeline_untrusted')
  if (more.length > 0) throw new ProofRefused('pipeline_ambiguous')
  const pipeline = ofTrusted(trust, payload)
  const scopes = await heldByAll(reader.db, reader.permissionsOf, trust.scopes, [trust.id])
  const expiresAtMs = trust.expiresAt === null ? null : Date.parse(trust.expiresAt)
  return { ...nothingMore, kind: 'pipeline', subjectId: trust.id, scopes, pipeline, once, expiresAtMs }
}

/** @throws ProofRefused when another repository has the name of the trusted one */
function ofTrusted(trust: CiTrust, payload: JWTPayload): Pipeline {
  const pipeline = pipelineIn(payload, trust.provider)
  if (pipeline === undefined || !isPinned(trust, pipeline)) throw new ProofRefused('pipeline_other')
  return pipeline
}

/**
 * An agent by an assertion that it signed itself (RFC 7523 section 3): `iss` and `sub` are the agent, `aud` is this server or its
 * token endpoint, it has an id and lives ten minutes at most.
 *
 * @throws ProofRefused
 */
export async function readAssertion(
  reader: SignedReader,
  ctx: Context,
  assertion: string,
  clientId: string | undefined,
): Promise<Proof> {
  return believing(async () => {
    const { iss } = unverified(assertion)
    if (clientId !== undefined && clientId !== iss) throw new ProofRefused('assertion_unfit')
    const agent = await reader.db
      .selectFrom('access_agent')
      .select(['public_key', 'scopes', 'tools'])
      .where('user_id', '=', iss)
      .executeTakeFirst()
    if (agent === undefined || agent.public_key === null) throw new ProofRefused('assertion_unfit')
    const key = await importJWK(
      publicPart(agent.public_key as AgentKeyJwk),
      algorithmOf(agent.public_key as AgentKeyJwk),
    )
    const origin = reader.origin()
    const expected = {
      issuer: iss,
      keyOf: async () => key,
      audience: [origin, `${origin}/oauth/token`],
      clock: ctx.clock,
    }
    const { payload } = await readSigned(assertion, expected)
    if (payload.sub !== iss) throw new ProofRefused('assertion_unfit')
    const once = usedUpSoon(reader, assertion, payload, iss)
    const scopes = await heldByAll(reader.db, reader.permissionsOf, agent.scopes, [iss])
    const tools = await toolsOf(reader.db, iss)
    return { ...nothingMore, kind: 'agent-assertion', subjectId: iss, scopes, tools, once }
  })
}

/** Only what the shape of a key names, whatever else stands in the database. */
function publicPart(jwk: AgentKeyJwk): JWK {
  return { ...jwk }
}

function algorithmOf(jwk: AgentKeyJwk): string {
  if (jwk.kty === 'OKP') return 'EdDSA'
  if (jwk.kty === 'RSA') return 'RS256'
  return { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' }[jwk.crv]
}

/**
 * What makes a token one of its kind: its id, else what was signed. The text of the signature does not count, for some can be written
 * in several ways.
 */
function usedUp({ clock }: SignedReader, token: string, payload: JWTPayload, issuer: string) {
  if (typeof payload.exp !== 'number') throw new ProofRefused('token_expired')
  refuseFuture(payload, clock)
  const { jti } = payload
  const own = typeof jti === 'string' && jti !== '' ? `jti|${jti}` : `text|${token.slice(0, token.lastIndexOf('.'))}`
  return { hash: sha256(`${issuer}|${own}`), expiresAtMs: (payload.exp + 2 * skewSeconds) * 1000 }
}

/** The same of an assertion, which must have an id and end soon. */
function usedUpSoon(reader: SignedReader, assertion: string, payload: JWTPayload, issuer: string) {
  if (typeof payload.jti !== 'string' || payload.jti === '') throw new ProofRefused('token_id')
  const once = usedUp(reader, assertion, payload, issuer)
  if (once.expiresAtMs > reader.clock() + (assertionLifeSeconds + 2 * skewSeconds) * 1000)
    throw new ProofRefused('token_expired')
  return once
}

/** What readers of sign-ins say, in the words of this endpoint. */
async function believing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ProviderFault) throw new ProofRefused('issuer_unreachable', error)
    if (error instanceof Refused) throw new ProofRefused(reasons[error.reason] ?? 'token_signature', error)
    throw error
  }
}

const reasons: Readonly<Partial<Record<RefusalReason, StsReason>>> = {
  token_malformed: 'token_malformed',
  token_algorithm: 'token_algorithm',
  token_signature: 'token_signature',
  token_type: 'token_type',
  token_issuer: 'token_issuer',
  token_audience: 'token_audience',
  token_expired: 'token_expired',
  token_issued_at: 'token_issued_at',
}
