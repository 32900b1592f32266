import { Readable } from 'node:stream'
import { z } from 'zod'
import { type Context, type Ledger, type LedgerTables, noteRead, route, transact } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import { toPage } from '#platform/http/page.ts'
import type { Route } from '#platform/http/route.ts'
import type { PolicyEngine } from '../engine/engine.ts'
import { DecisionFactsGone, DecisionNotFound, DecisionNotPublished } from '../errors.ts'
import { Candidate } from '../lifecycle/rollout-model.ts'
import { verdictDigest } from '../verdict.ts'
import { DecisionReplayed } from './events.ts'
import { explain } from './explain.ts'
import { exportLines } from './export.ts'
import { cursorOf, DecisionFilter, listDecisions, namesOf, readCursor } from './find-decisions.ts'
import { openQuestion, replayDecision } from './replay.ts'
import { findDecision, type PolicyTables } from './store.ts'
import { Summary, summariesOf, type TitlesOf } from './summary.ts'

export interface DecisionRoutes {
  readonly db: Db<PolicyTables & LedgerTables>
  readonly ledger: Ledger
  readonly engine: PolicyEngine
  readonly titlesOf: TitlesOf | undefined
}

const Rule = z
  .object({
    id: z.string(),
    pack: z.string(),
    title: z.string(),
    clause: z.string().optional(),
    controls: z.array(z.string()),
    category: z.string(),
    severity: z.string(),
    owner: z.string(),
    mode: z.string(),
    status: z.enum(['pass', 'fail', 'excepted', 'unknown', 'not_applicable', 'error']),
    underlying: z.literal('fail').optional(),
    message: z.string(),
    remediation: z.string().optional(),
    fix: z.string().optional(),
    exceptionId: z.string().optional(),
    reads: z.array(z.string()),
    unknown: z.array(z.object({ path: z.string(), what: z.string(), howToKnow: z.string() })),
    locations: z.array(z.object({ path: z.string(), line: z.int().nullable(), fingerprint: z.string().optional() })),
  })
  .meta({ id: 'DecisionRule' })

const Decision = Summary.extend({
  factsDigest: z.string(),
  verdictDigest: z.string(),
  rules: z.array(Rule),
  authorization: z.object({
    decision: z.enum(['allow', 'deny']),
    determining: z.array(
      z.object({
        id: z.string(),
        effect: z.enum(['permit', 'forbid']),
        reason: z.string(),
        severity: z.string().nullable(),
      }),
    ),
    errors: z.array(z.string()),
  }),
  errors: z.array(z.string()),
  /** Versions of policies that were being rolled out where it was made, and what they say of it. */
  candidates: z.array(Candidate),
  /** The decision in sentences. */
  explanation: z.array(z.string()),
}).meta({ id: 'Decision' })

const ReplayResult = z
  .object({
    same: z.boolean(),
    /** False where it rests on what cannot be made or asked again, such as the word of an OPA elsewhere. */
    replayable: z.boolean(),
    reason: z.string().nullable(),
    verdictDigest: z.string().nullable(),
  })
  .meta({ id: 'DecisionReplay' })

const byId = z.object({ id: z.string().max(100) })
const reads = ['ledger.read', 'ledger.read-more']

/** Decisions for people and programs. Every read is recorded, as that of any audit record. */
export function decisionRoutes(services: DecisionRoutes): Route<Context>[] {
  return [listRoute(services), exportRoute(services), showRoute(services), factsRoute(services), replayRoute(services)]
}

function listRoute({ db, titlesOf }: DecisionRoutes): Route<Context> {
  return route({
    method: 'GET',
    path: '/v1/decisions',
    permission: 'decision:read',
    summary: 'lists decisions, newest first; the read is recorded',
    query: DecisionFilter.extend({
      limit: z.coerce.number().int().min(1).max(200).default(50),
      cursor: z.string().max(200).optional(),
    }),
    reply: z.object({ items: z.array(Summary), next: z.string().nullable() }),
    records: reads,
    errors: [CursorInvalid],
    handler: async (ctx, { query }) => {
      const { limit, cursor, ...filter } = query
      const before = cursor === undefined ? undefined : readCursor(cursor)
      const rows = await listDecisions(db, filter, { before, limit })
      const { items: page, next } = toPage(rows, limit, cursorOf)
      await noteRead(db, ctx, { filter: namesOf(filter), query: filter.words, indexes: [], count: page.length })
      return { items: await summariesOf(page, titlesOf), next }
    },
  })
}

function exportRoute({ db, titlesOf }: DecisionRoutes): Route<Context> {
  return route({
    method: 'GET',
    path: '/v1/decisions/export',
    permission: 'decision:read',
    summary:
      'every decision that the filters find, newest first, a line each with what its rules answered; the read is recorded',
    query: DecisionFilter,
    reply: {
      contentType: 'application/x-ndjson',
      description: 'a JSON object for each decision, as lists have it, with `rules`',
    },
    records: reads,
    handler: async (ctx, { query }) => {
      return {
        content: Readable.from(exportLines({ db, titlesOf }, ctx, query)),
        headers: { 'cache-control': 'no-store' },
      }
    },
  })
}

function showRoute({ db, titlesOf }: DecisionRoutes): Route<Context> {
  return route({
    method: 'GET',
    path: '/v1/decisions/{id}',
    permission: 'decision:read',
    summary: 'one decision with what each rule answered and what to do; the read is recorded',
    params: byId,
    reply: Decision,
    records: reads,
    errors: [DecisionNotFound],
    handler: async (ctx, { params }) => {
      const row = await rowOf(db, params.id)
      await noteRead(db, ctx, { filter: [`decision=${params.id}`], query: undefined, indexes: [], count: 1 })
      const [summary] = await summariesOf([row], titlesOf)
      if (summary === undefined) throw new Error('a decision had no summary')
      return {
        ...summary,
        factsDigest: row.facts_digest,
        verdictDigest: row.verdict_digest,
        rules: row.rules as z.input<typeof Rule>[],
        authorization: row.authorized as z.input<typeof Decision>['authorization'],
        errors: [...row.errors],
        candidates: [...(row.candidates ?? [])],
        explanation: explain(row),
      }
    },
  })
}

function factsRoute({ db, ledger }: DecisionRoutes): Route<Context> {
  return route({
    method: 'GET',
    path: '/v1/decisions/{id}/facts',
    permission: 'decision:facts',
    summary: 'the question of a decision as the engine saw it, opened from the payload store; the read is recorded',
    params: byId,
    reply: { contentType: 'application/json', description: 'exceptions, facts, gate and request, in canonical form' },
    records: reads,
    errors: [DecisionNotFound, DecisionNotPublished, DecisionFactsGone],
    handler: async (ctx, { params }) => {
      const row = await rowOf(db, params.id)
      const question = await openQuestion(ledger, ctx.organizationId, row.id, row.record_id)
      await noteRead(db, ctx, { filter: [`decision-facts=${params.id}`], query: undefined, indexes: [], count: 1 })
      return { content: question, headers: { 'cache-control': 'no-store' } }
    },
  })
}

function replayRoute({ db, ledger, engine }: DecisionRoutes): Route<Context> {
  return route({
    method: 'POST',
    path: '/v1/decisions/{id}/replay',
    permission: 'decision:read',
    summary: 'makes a decision again from what was recorded, and tells whether it is the same byte for byte',
    params: byId,
    reply: ReplayResult,
    records: ['decision.replayed'],
    errors: [DecisionNotFound, DecisionNotPublished, DecisionFactsGone],
    handler: async (ctx, { params }) => {
      const {
        same,
        replayable,
        reason = null,
        verdict,
      } = await replayDecision({ db, ledger, engine }, ctx.organizationId, params.id)
      await transact(db, ctx, async (_tx, record) => {
        const targets = [{ type: 'decision', id: params.id }]
        record(
          DecisionReplayed({
            targets,
            data: { decisionId: params.id, same, replayable, reason: reason?.slice(0, 300) ?? null },
          }),
        )
      })
      return { same, replayable, reason, verdictDigest: verdict === undefined ? null : verdictDigest(verdict) }
    },
  })
}

type Row = NonNullable<Awaited<ReturnType<typeof findDecision>>>

async function rowOf(db: Db<PolicyTables>, id: string): Promise<Row> {
  const row = await findDecision(db, id)
  if (row === undefined) throw DecisionNotFound({ decisionId: id })
  return row
}
