import { z } from 'zod'
import { type Context, route } from '#kernel/ledger'
import type { Exchange, Route } from '#platform/http/route.ts'
import { AgentMayNotAct } from '../agents/errors.ts'
import { boundedRecords } from '../bounded-records.ts'
import { ScopeNotHeld, ScopeUnknown } from '../errors.ts'
import { IssuerAddress, SignInAddress } from '../oidc/errors.ts'
import { consoleOrigin } from '../oidc/own-address.ts'
import { algorithms } from '../oidc/tokens.ts'
import { type AccessOptions, callerOf } from '../routes.ts'
import { certificateHashIn } from './certificate.ts'
import { CiTrust, NewCiTrust } from './ci-model.ts'
import { addTrust, listTrusts, removeTrust } from './ci-trusts.ts'
import {
  CiScopeNotGiven,
  CiTrustLimit,
  CiTrustNotFound,
  OauthClientInvalid,
  OauthGrantInvalid,
  OauthGrantUnsupported,
  OauthRequestInvalid,
  OauthScopeInvalid,
  OauthTargetInvalid,
  oauthWire,
} from './errors.ts'
import { tokenExchangeRefused } from './events.ts'
import { type ClientSays, tradeForToken } from './exchange.ts'
import { Introspection, introspect, revokeHeld } from './introspect.ts'
import { grantRefused, ProofRefused } from './proof.ts'
import { clientGrant, exchangeGrant, TokenRequest } from './request.ts'

export const introspects = 'token:introspect'
const tokenForm = z.object({ token: z.string().min(1).max(16_384), token_type_hint: z.string().max(100).optional() })
const formBytesMax = 65_536

const TokenReply = z
  .object({
    access_token: z.string(),
    issued_token_type: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.int(),
    scope: z.string(),
  })
  .meta({ id: 'TokenReply' })

export function stsRoutes(options: AccessOptions): Route<Context>[] {
  return [tokenRoute(options), ...heldTokenRoutes(options), metadataRoute(options), ...trustRoutes(options)]
}

function tokenRoute(options: AccessOptions): Route<Context> {
  const { db, known, permissionsOf, publicUrl, oidc } = options
  const records = boundedRecords(db, oidc.clock)
  return route({
    method: 'POST',
    path: '/oauth/token',
    permission: 'public',
    summary:
      'trades a proof of identity for a token of 5 to 60 minutes (RFC 8693), or an agent gets one by its key or assertion',
    wire: oauthWire,
    body: TokenRequest,
    bodyBytesMax: formBytesMax,
    reply: TokenReply,
    records: ['token.exchanged', 'ci-trust.pinned', 'token-exchange.refused'],
    errors: [
      OauthRequestInvalid,
      OauthClientInvalid,
      OauthGrantInvalid,
      OauthScopeInvalid,
      OauthTargetInvalid,
      OauthGrantUnsupported,
    ],
    handler: async (ctx, { body, exchange }) => {
      const origin = () => ownAddress(exchange, publicUrl)
      const exchanger = { db, clock: ctx.clock, known: known(), permissionsOf, providers: oidc.providers, origin }
      const client = clientIn(exchange)
      try {
        return await tradeForToken(exchanger, ctx, body, client)
      } catch (error) {
        const refused = refusalIn(error)
        if (refused !== undefined) await records(ctx, (unrecorded) => tokenExchangeRefused(refused.reason, unrecorded))
        challenge(exchange, client, error)
        throw asGrantRefusal(error)
      }
    },
  })
}

/** RFC 6749 section 5.2: whoever tried a header is told which one to try. */
function challenge(exchange: Exchange, { basic }: ClientSays, error: unknown): void {
  if (basic === undefined || !OauthClientInvalid.is(error)) return
  exchange.setHeader('www-authenticate', 'Basic realm="countersign"')
}

/** Proofs that are not believed, in the words of the endpoint; anything else as it is. */
function asGrantRefusal(error: unknown): unknown {
  if (error instanceof ProofRefused) return grantRefused(error)
  return AgentMayNotAct.is(error) ? OauthGrantInvalid({ detail: error.message }, error) : error
}

/** Our address as clients are told it: `publicUrl`, or that of this machine; never what a request says. @throws oauth_request_invalid */
function ownAddress(exchange: Exchange, publicUrl: string | undefined): string {
  try {
    return consoleOrigin(exchange, publicUrl)
  } catch (error) {
    if (!SignInAddress.is(error)) throw error
    throw OauthRequestInvalid(
      { detail: 'this server does not know its own address: its operator sets `publicUrl`' },
      error,
    )
  }
}

/** The proof that was not believed, however the refusal is put. */
function refusalIn(error: unknown): ProofRefused | undefined {
  for (let one = error; one instanceof Error; one = one.cause) {
    if (one instanceof ProofRefused) return one
    if (AgentMayNotAct.is(one)) return new ProofRefused('may_not_act', one)
  }
  return undefined
}

function clientIn(exchange: Exchange): ClientSays {
  return {
    basic: basicIn(exchange.header('authorization')),
    certificateHash: certificateHashIn(exchange.header('client-cert')),
  }
}

/** RFC 6749 section 2.3.1: id and secret are form-encoded before they are joined. Ours need no encoding, and none is undone. */
function basicIn(header: string | undefined): ClientSays['basic'] {
  const encoded = /^basic ([A-Za-z0-9+/]{1,1000}={0,2})$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return undefined
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? []
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

function heldTokenRoutes({ db, permissionsOf, publicUrl }: AccessOptions): Route<Context>[] {
  return [
    route({
      method: 'POST',
      path: '/oauth/introspect',
      permission: introspects,
      summary: 'tells what a token may do and who acts by it, at this moment (RFC 7662)',
      wire: oauthWire,
      body: tokenForm,
      bodyBytesMax: formBytesMax,
      reply: Introspection,
      errors: [OauthRequestInvalid],
      handler: (ctx, { body, exchange }) =>
        introspect({ db, clock: ctx.clock, permissionsOf }, body.token, ownAddress(exchange, publicUrl)),
    }),
    route({
      method: 'POST',
      path: '/oauth/revoke',
      permission: 'public',
      summary: 'ends a token at once for whoever holds it (RFC 7009)',
      wire: oauthWire,
      body: tokenForm,
      bodyBytesMax: formBytesMax,
      reply: z.object({}),
      records: ['token.revoked', 'agent.token-ended', 'session.ended'],
      handler: async (ctx, { body }) => {
        await revokeHeld(db, ctx, body.token)
        return {}
      },
    }),
  ]
}

function metadataRoute({ publicUrl }: AccessOptions): Route<Context> {
  return route({
    method: 'GET',
    path: '/.well-known/oauth-authorization-server',
    permission: 'public',
    summary: 'describes the token endpoint to clients (RFC 8414)',
    reply: z.looseObject({ issuer: z.string() }).meta({ id: 'AuthorizationServer' }),
    errors: [OauthRequestInvalid],
    handler: async (_ctx, { exchange }) => {
      const issuer = ownAddress(exchange, publicUrl)
      return {
        issuer,
        token_endpoint: `${issuer}/oauth/token`,
        introspection_endpoint: `${issuer}/oauth/introspect`,
        revocation_endpoint: `${issuer}/oauth/revoke`,
        grant_types_supported: [exchangeGrant, clientGrant],
        response_types_supported: [],
        token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
        token_endpoint_auth_signing_alg_values_supported: algorithms.filter((one) => /^(RS256|ES|Ed)/.test(one)),
        introspection_endpoint_auth_methods_supported: ['Bearer'],
        revocation_endpoint_auth_methods_supported: ['none'],
        tls_client_certificate_bound_access_tokens: true,
      }
    },
  })
}

function trustRoutes({ db, known, permissionsOf, oidc }: AccessOptions): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/ci-trusts',
      permission: 'ci-trust:read',
      summary: 'lists the pipelines that get tokens of minutes for their own, newest first',
      reply: z.object({ items: z.array(CiTrust), next: z.string().nullable() }),
      handler: async () => ({ items: await listTrusts(db), next: null }),
    }),
    route({
      method: 'POST',
      path: '/v1/ci-trusts',
      permission: 'ci-trust:write',
      summary:
        'lets pipelines of a repository have tokens of minutes for their own, by repository, ref, workflow and environment',
      body: NewCiTrust,
      reply: CiTrust,
      status: 201,
      records: ['ci-trust.added'],
      errors: [IssuerAddress, CiTrustLimit, ScopeUnknown, ScopeNotHeld, CiScopeNotGiven],
      handler: async (ctx, { body }) =>
        addTrust(
          db,
          ctx,
          { caller: await callerOf(db, ctx), known: known(), permissionsOf },
          body,
          oidc.allowsLoopback,
        ),
    }),
    ...trustEndRoutes({ db }),
  ]
}

function trustEndRoutes({ db }: Pick<AccessOptions, 'db'>): Route<Context>[] {
  const params = z.object({ id: z.string().max(100) })
  const errors = [CiTrustNotFound]
  const shared = { permission: 'ci-trust:write', params, reply: z.undefined(), status: 204, errors } as const
  return [
    route({
      ...shared,
      method: 'DELETE',
      path: '/v1/ci-trusts/{id}',
      summary: 'ends a trust in pipelines with the tokens that they have',
      records: ['ci-trust.removed'],
      handler: async (ctx, { params: { id } }) => {
        await removeTrust(db, ctx, id, null)
        return undefined
      },
    }),
    route({
      ...shared,
      method: 'POST',
      path: '/v1/ci-trusts/{id}/revocation',
      summary: 'ends a trust in pipelines with the tokens that they have, and says why',
      body: z.strictObject({ reason: z.string().trim().min(1).max(1000) }),
      records: ['ci-trust.removed'],
      handler: async (ctx, { params: { id }, body }) => {
        await removeTrust(db, ctx, id, body.reason)
        return undefined
      },
    }),
  ]
}
