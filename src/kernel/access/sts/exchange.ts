import type { Context, LedgerTables } from '#kernel/ledger'
import { isLasting } from '../agents/scopes.ts'
import { everything } from '../model.ts'
import type { AccessTables } from '../store.ts'
import { OauthClientInvalid, OauthGrantUnsupported, OauthRequestInvalid, OauthScopeInvalid } from './errors.ts'
import { type Issued, issueToken } from './issue.ts'
import { isAgentItself, readOwnToken, toolsOf } from './own-proof.ts'
import { type Proof, ProofRefused, principalOf, sentenceOf } from './proof.ts'
import {
  accessTokenType,
  assertionType,
  audienceOf,
  clientGrant,
  exchangeGrant,
  type TokenRequest,
  typeOf,
  wordsOf,
} from './request.ts'
import { readAssertion, readSignedToken, type SignedReader } from './signed-proof.ts'

export type Tables = AccessTables & LedgerTables

const chainMax = 3
/** Tokens of tokens of tokens: beyond this nobody needs more of them. */
const ancestorsMax = 12

export interface Exchanger extends SignedReader {
  readonly known: ReadonlySet<string>
}

/** How the client said who it is, beside the form. */
export interface ClientSays {
  /** Of `Authorization: Basic`. */
  readonly basic: { readonly id: string; readonly secret: string } | undefined
  readonly certificateHash: string | undefined
}

export interface TokenReply {
  readonly access_token: string
  readonly issued_token_type: string
  readonly token_type: 'Bearer'
  readonly expires_in: number
  readonly scope: string
}

/**
 * Trades a proof of identity for a token of minutes: RFC 8693 token exchange, or the client credentials of an agent.
 *
 * @throws ProofRefused, agent_may_not_act, oauth_client_invalid, oauth_request_invalid, oauth_scope_invalid, oauth_target_invalid,
 * oauth_grant_unsupported
 */
export async function tradeForToken(
  exchanger: Exchanger,
  ctx: Context,
  request: TokenRequest,
  client: ClientSays,
): Promise<TokenReply> {
  const { requested_token_type: wanted = accessTokenType } = request
  if (wanted !== accessTokenType) throw OauthRequestInvalid({ detail: 'only access tokens are issued' })
  const { subject, actor } = await proofsOf(exchanger, ctx, request, client)
  const proof = actor === undefined ? subject : await delegated(exchanger, subject, actor)
  if (proof.ancestors.length > ancestorsMax)
    throw OauthRequestInvalid({ detail: 'the token was made of too many others' })
  const certificateHash = boundTo([subject, actor], client)
  const scopes = scopesOf(exchanger, request, proof.scopes)
  const own = exchanger.origin()
  const audience = audienceOf(request, own)
  const issued: Issued = await issueToken(exchanger.db, ctx, {
    ...proof,
    scopes,
    audience,
    isOwn: audience === own,
    task: taskOf(request, proof),
    tools: toolsIn(request, proof),
    certificateHash,
    lifeMs: request.expires_in * 1000,
    usedUp: [subject.once, actor?.once ?? null].filter((one) => one !== null),
  })
  return {
    access_token: issued.token,
    issued_token_type: accessTokenType,
    token_type: 'Bearer',
    expires_in: issued.expiresInSeconds,
    scope: scopes.join(' '),
  }
}

interface Proofs {
  readonly subject: Proof
  readonly actor: Proof | undefined
}

async function proofsOf(
  exchanger: Exchanger,
  ctx: Context,
  request: TokenRequest,
  client: ClientSays,
): Promise<Proofs> {
  if (request.grant_type === clientGrant) {
    refuseGiven(request, ['subject_token', 'subject_token_type', 'actor_token', 'actor_token_type'])
    return { subject: await clientProof(exchanger, ctx, request, client), actor: undefined }
  }
  if (request.grant_type !== exchangeGrant) throw OauthGrantUnsupported({})
  refuseGiven(request, ['client_secret', 'client_assertion', 'client_assertion_type'])
  if (client.basic !== undefined) throw OauthRequestInvalid({ detail: 'at an exchange the tokens say who asks' })
  const { subject_token: subjectToken, actor_token: actorToken } = request
  if (subjectToken === undefined) throw OauthRequestInvalid({ detail: '`subject_token` is missing' })
  const type = typeOf(request.subject_token_type, 'subject_token_type')
  const subject = isOurs(subjectToken)
    ? await readOwn(exchanger, subjectToken, type)
    : await readSignedToken(exchanger, subjectToken, type, request.client_id)
  if (actorToken === undefined) {
    refuseGiven(request, ['actor_token_type'])
    return { subject, actor: undefined }
  }
  const actorType = typeOf(request.actor_token_type, 'actor_token_type')
  if (!isOurs(actorToken)) throw new ProofRefused('actor_unfit')
  return { subject, actor: await readOwn(exchanger, actorToken, actorType) }
}

function isOurs(token: string): boolean {
  return token.startsWith('cst_')
}

async function readOwn(exchanger: Exchanger, token: string, type: 'id' | 'access' | 'any'): Promise<Proof> {
  if (type !== 'access') throw new ProofRefused('token_type')
  return readOwnToken(exchanger, token)
}

/** What a grant does not know could be meant for the other one. @throws oauth_request_invalid */
function refuseGiven(request: TokenRequest, names: readonly (keyof TokenRequest)[]): void {
  const given = names.find((name) => request[name] !== undefined)
  if (given !== undefined) throw OauthRequestInvalid({ detail: `\`${given}\` does not belong here` })
}

/** An agent by its key or by an assertion of its own: one of them. @throws oauth_client_invalid, agent_may_not_act */
async function clientProof(
  exchanger: Exchanger,
  ctx: Context,
  request: TokenRequest,
  { basic }: ClientSays,
): Promise<Proof> {
  const { client_secret: secret, client_assertion: assertion, client_id: id } = request
  const ways = [basic, secret, assertion].filter((one) => one !== undefined)
  if (ways.length !== 1) throw OauthClientInvalid({ detail: 'an agent shows its key or an assertion, and one of them' })
  if (assertion !== undefined && request.client_assertion_type !== assertionType)
    throw OauthRequestInvalid({ detail: `\`client_assertion_type\` must be ${assertionType}` })
  if (basic !== undefined && id !== undefined && id !== basic.id)
    throw OauthClientInvalid({ detail: '`client_id` is another one in the header' })
  try {
    return assertion === undefined
      ? await keyProof(exchanger, basic?.secret ?? secret ?? '', basic?.id ?? id)
      : await readAssertion(exchanger, ctx, assertion, id)
  } catch (error) {
    if (error instanceof ProofRefused) throw OauthClientInvalid({ detail: sentenceOf(error.reason) }, error)
    throw error
  }
}

/** @throws ProofRefused, agent_may_not_act */
async function keyProof(exchanger: Exchanger, key: string, agentId: string | undefined): Promise<Proof> {
  const proof = await readOwnToken(exchanger, key)
  if (proof.kind !== 'agent-key' || proof.subjectId !== agentId) throw new ProofRefused('token_unknown')
  return proof
}

/**
 * An agent that acts for the subject, next in the chain. It may do what both may.
 *
 * @throws ProofRefused
 */
async function delegated(exchanger: Exchanger, subject: Proof, actor: Proof): Promise<Proof> {
  if (!isAgentItself(actor)) throw new ProofRefused('actor_unfit')
  const id = actor.subjectId
  if (id === subject.subjectId || subject.actors.includes(id)) throw new ProofRefused('actor_twice')
  if (subject.actors.length >= chainMax) throw new ProofRefused('chain_too_deep')
  const tools = actor.tools ?? (await toolsOf(exchanger.db, id)) ?? []
  const ends = [subject.expiresAtMs, actor.expiresAtMs].filter((one) => one !== null)
  return {
    ...subject,
    actors: [id, ...subject.actors],
    scopes: both(subject.scopes, actor.scopes),
    ancestors: [...new Set([...subject.ancestors, ...actor.ancestors])],
    expiresAtMs: ends.length === 0 ? null : Math.min(...ends),
    tools: subject.tools === null ? tools : tools.filter((one) => subject.tools?.includes(one)),
    task: joined(subject.task, actor.task),
  }
}

/** @throws oauth_request_invalid for tokens of two tasks, which are for nothing together */
function joined(one: string | null, other: string | null): string | null {
  if (one !== null && other !== null && one !== other)
    throw OauthRequestInvalid({ detail: 'the tokens are for two tasks' })
  return one ?? other
}

function both(one: readonly string[], other: readonly string[]): readonly string[] {
  if (one.includes(everything)) return other
  return other.includes(everything) ? one : one.filter((scope) => other.includes(scope))
}

/** The certificate that must come with the token: that of whoever asks, and no other than what the proofs are bound to. @throws ProofRefused */
function boundTo(
  proofs: readonly (Proof | undefined)[],
  { certificateHash: shown = null }: { readonly certificateHash?: string | null | undefined },
): string | null {
  for (const proof of proofs)
    if (proof !== undefined && proof.certificateHash !== null && proof.certificateHash !== shown)
      throw new ProofRefused('certificate')
  return shown
}

/** Never more than the proofs hold, and nothing that makes lasting ways in. @throws oauth_scope_invalid */
function scopesOf({ known }: Exchanger, { scope }: TokenRequest, held: readonly string[]): string[] {
  const asked = wordsOf(scope, 'scope')
  const holdsAll = held.includes(everything)
  if (asked === undefined && holdsAll) throw OauthScopeInvalid({ detail: 'say by `scope` what the token may do' })
  const scopes = (asked ?? held.filter((one) => !isLasting(one))).slice().sort()
  const beyond = scopes.filter((one) => isLasting(one) || !known.has(one) || !(holdsAll || held.includes(one)))
  if (beyond.length > 0) throw OauthScopeInvalid({ detail: `the token cannot carry ${beyond.slice(0, 20).join(' ')}` })
  if (scopes.length === 0) throw OauthScopeInvalid({ detail: 'nothing is left that the token could do' })
  return scopes
}

/** A task is given once, and stays. @throws oauth_request_invalid */
function taskOf({ task }: TokenRequest, proof: Proof): string | null {
  if (task !== undefined && proof.task !== null && proof.task !== task)
    throw OauthRequestInvalid({ detail: 'the token is for another task already' })
  return proof.task ?? task ?? null
}

/** @throws oauth_request_invalid for tools beyond those of the agents, or where no agent acts */
function toolsIn({ tools }: TokenRequest, proof: Proof): readonly string[] | null {
  const asked = wordsOf(tools, 'tools')
  if (asked === undefined) return proof.tools
  const beyond = asked.filter((one) => !proof.tools?.includes(one))
  if (beyond.length > 0 || !principalOf(proof).startsWith('agt_'))
    throw OauthRequestInvalid({ detail: 'the agent may not call all of these `tools`' })
  return asked
}
