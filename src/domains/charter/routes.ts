import { z } from 'zod'
import type { GatesTables } from '#domains/gates'
import {
  AccessDenied,
  ApprovalRepeated,
  Assertion,
  PasskeyNeeded,
  RevisionOther,
  SecondPersonRequired,
  StepUpRefused,
} from '#kernel/access'
import { type Context, route } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import type { Route } from '#platform/http/route.ts'
import { graceDays, graceHistory } from './acknowledgement-store.ts'
import { acknowledge, listStandings, setGrace, standingOf } from './acknowledgements.ts'
import { LiveClause, liveClauses } from './clauses.ts'
import * as errors from './errors.ts'
import {
  Acknowledgement,
  acknowledgementStates,
  Charter,
  CharterVersion,
  Proposal,
  ProposalDetail,
  proposalStates,
  Reason,
} from './model.ts'
import {
  decideCharter,
  listProposals,
  type Proposals,
  proposeCharter,
  readProposal,
  withdrawCharter,
} from './proposals.ts'
import { getVersion, listVersions, type Tables, versionInForce } from './versions.ts'

const CharterInForce = CharterVersion.omit({ document: true })
  .extend({
    title: z.string(),
    clauses: z.array(LiveClause),
    graceDays: z.int(),
    /** Of who asks; null for who is no person, and has nothing to acknowledge. */
    acknowledgement: Acknowledgement.nullable(),
  })
  .meta({ id: 'CharterInForce' })

const GracePeriod = z
  .object({
    days: z.int(),
    history: z.array(z.object({ days: z.int(), setBy: z.string(), setAt: z.iso.datetime() })),
  })
  .meta({ id: 'CharterGracePeriod' })

const Standing = Acknowledgement.extend({ userId: z.string(), name: z.string().nullable() }).meta({
  id: 'CharterStanding',
})

const OwnStanding = z
  .object({
    version: z.int(),
    title: z.string(),
    /** Null for who is no person, and has nothing to acknowledge. */
    acknowledgement: Acknowledgement.nullable(),
  })
  .meta({ id: 'CharterOwnStanding' })

const byId = z.object({ id: z.string().max(100) })
const bodyBytesMax = 65_536

export interface CharterRoutes extends Proposals {
  readonly db: Db<Tables & GatesTables>
}

export function charterRoutes(options: CharterRoutes): Route<Context>[] {
  return [
    ...documentRoutes(options),
    ...acknowledgementRoutes(options),
    ...proposalRoutes(options),
    ...decisionRoutes(options),
  ]
}

function documentRoutes({ db }: CharterRoutes): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/charter',
      permission: 'charter:read',
      summary:
        'gives the charter in force: each clause with its rules, controls and figures of 30 days, and how you stand to it',
      reply: CharterInForce,
      errors: [errors.CharterMissing],
      handler: async (ctx) => {
        const { number, digest, proposer, adoptedAt, document } = await versionInForce(db)
        return {
          ...{ number, digest, proposer, adoptedAt, title: document.title },
          clauses: await liveClauses(db, document, ctx.clock()),
          graceDays: await graceDays(db),
          acknowledgement: (await standingOf(db, ctx.actor.id, ctx.clock())) ?? null,
        }
      },
    }),
    route({
      method: 'GET',
      path: '/v1/charter/versions',
      permission: 'charter:read',
      summary: 'lists what is and was in force of the charter, newest first',
      query: PageQuery,
      reply: pageOf(CharterVersion),
      errors: [CursorInvalid],
      handler: (_ctx, { query }) => listVersions(db, query),
    }),
    route({
      method: 'GET',
      path: '/v1/charter/versions/{number}',
      permission: 'charter:read',
      summary: 'gives one version of the charter',
      params: z.object({ number: z.coerce.number().int().min(0).max(999_999_999) }),
      reply: CharterVersion,
      errors: [errors.CharterVersionNotFound],
      handler: (_ctx, { params }) => getVersion(db, params.number),
    }),
  ]
}

function acknowledgementRoutes({ db }: CharterRoutes): Route<Context>[] {
  return [
    route({
      method: 'POST',
      path: '/v1/charter/acknowledgement',
      permission: 'charter:acknowledge',
      summary: 'says that you have read the version in force; a second time changes nothing',
      body: z.strictObject({ version: z.int().min(1) }),
      reply: Acknowledgement,
      records: ['charter.acknowledged'],
      errors: [errors.CharterMissing, errors.CharterVersionOther],
      handler: (ctx, { body }) => acknowledge(db, ctx, body.version),
    }),
    route({
      method: 'GET',
      path: '/v1/charter/acknowledgement',
      permission: 'charter:read',
      summary: 'tells whether you have acknowledged the version in force, and until when you have to',
      reply: OwnStanding,
      errors: [errors.CharterMissing],
      handler: async (ctx) => {
        const { number, document } = await versionInForce(db)
        const acknowledgement = (await standingOf(db, ctx.actor.id, ctx.clock())) ?? null
        return { version: number, title: document.title, acknowledgement }
      },
    }),
    route({
      method: 'GET',
      path: '/v1/charter/acknowledgements',
      permission: 'charter:read-acknowledgements',
      summary: 'lists who has acknowledged the version in force and who has not, who came last first',
      query: PageQuery.extend({ state: z.enum([...acknowledgementStates, 'missing']).optional() }),
      reply: pageOf(Standing).extend({ people: z.int(), acknowledged: z.int() }),
      errors: [errors.CharterMissing, CursorInvalid],
      handler: (ctx, { query }) => listStandings(db, ctx.clock(), query),
    }),
    route({
      method: 'GET',
      path: '/v1/charter/grace-period',
      permission: 'charter:read',
      summary: 'tells how many days people have to acknowledge the charter, and who set that when',
      reply: GracePeriod,
      handler: async () => ({ days: await graceDays(db), history: await graceHistory(db) }),
    }),
    route({
      method: 'PUT',
      path: '/v1/charter/grace-period',
      permission: 'charter:configure',
      summary: 'sets how many days people have to acknowledge the charter, for the version in force as well',
      body: z.strictObject({ days: z.int().min(0).max(365) }),
      reply: GracePeriod,
      records: ['charter.grace-period-set'],
      handler: async (ctx, { body }) => {
        await setGrace(db, ctx, body.days)
        return { days: await graceDays(db), history: await graceHistory(db) }
      },
    }),
  ]
}

function proposalRoutes(options: CharterRoutes): Route<Context>[] {
  const { db } = options
  return [
    route({
      method: 'GET',
      path: '/v1/charter/proposals',
      permission: 'charter:read',
      summary: 'lists proposed versions of the charter, newest first',
      query: PageQuery.extend({ state: z.enum(proposalStates).optional() }),
      reply: pageOf(Proposal),
      errors: [CursorInvalid],
      handler: (_ctx, { query }) => listProposals(db, query),
    }),
    route({
      method: 'GET',
      path: '/v1/charter/proposals/{id}',
      permission: 'charter:read',
      summary: 'gives one proposal with what it changes and who has answered',
      params: byId,
      reply: ProposalDetail,
      errors: [errors.CharterProposalNotFound],
      handler: (_ctx, { params }) => readProposal(db, params.id),
    }),
    route({
      method: 'POST',
      path: '/v1/charter/proposals',
      permission: 'charter:propose',
      summary: 'proposes a new version of the charter, with all its clauses, for two others to approve',
      body: z.strictObject({ document: Charter, reason: Reason }),
      bodyBytesMax,
      reply: ProposalDetail,
      status: 201,
      records: ['charter.proposed'],
      errors: [
        errors.CharterMissing,
        errors.CharterInvalid,
        errors.CharterUnchanged,
        errors.CharterProposalOpen,
        SecondPersonRequired,
      ],
      handler: (ctx, { body }) => proposeCharter(options, ctx, body),
    }),
    route({
      method: 'DELETE',
      path: '/v1/charter/proposals/{id}',
      permission: 'charter:propose',
      summary: 'takes back what you have proposed',
      params: byId,
      reply: ProposalDetail,
      records: ['charter.withdrawn'],
      errors: [errors.CharterProposalNotFound, errors.CharterProposalClosed],
      handler: (ctx, { params }) => withdrawCharter(db, ctx, params.id),
    }),
  ]
}

function decisionRoutes(options: CharterRoutes): Route<Context>[] {
  return [
    route({
      method: 'POST',
      path: '/v1/charter/proposals/{id}/decision',
      permission: 'charter:approve',
      summary:
        'approves or rejects a version that somebody else proposed, by a passkey over exactly that; the second approval puts it in force',
      params: byId,
      body: z.strictObject({
        decision: z.enum(['approve', 'reject']),
        digest: z.string().max(100),
        assertion: Assertion,
      }),
      bodyBytesMax,
      reply: ProposalDetail,
      records: ['approval.given', 'charter.adopted', 'charter.rejected', 'access.denied'],
      errors: [
        errors.CharterProposalNotFound,
        errors.CharterProposalClosed,
        RevisionOther,
        AccessDenied,
        StepUpRefused,
        PasskeyNeeded,
        ApprovalRepeated,
      ],
      handler: (ctx, { params, body }) => decideCharter(options, ctx, params.id, body),
    }),
  ]
}
