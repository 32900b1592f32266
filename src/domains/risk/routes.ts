import { z } from 'zod'
import { ChangeNotFound, type ChangesTables, findChange, titlesOf } from '#domains/changes'
import { type Context, type LedgerTables, route } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import { PageQuery, pageOf, toPage } from '#platform/http/page.ts'
import type { Route } from '#platform/http/route.ts'
import { RiskLevel } from './matrix.ts'
import { Assessment } from './model.ts'
import { assessmentsOf, highestAssessments, levelCounts, type RiskTables, type StoredAssessment } from './store.ts'

type Tables = RiskTables & ChangesTables & LedgerTables

const RecordedAssessment = Assessment.extend({
  id: z.string(),
  /** 1 for the first of the change. */
  number: z.int(),
  assessedAt: z.string(),
  /** SHA-256 of everything that it rests on. */
  inputs: z.string(),
  recordId: z.string(),
}).meta({ id: 'RiskAssessment' })

const RiskFigures = z
  .object({ changes: z.object({ low: z.int(), medium: z.int(), high: z.int(), critical: z.int() }) })
  .meta({ id: 'RiskFigures' })

const ListedRisk = Assessment.pick({ score: true, level: true })
  .extend({ changeId: z.string(), title: z.string(), assessedAt: z.iso.datetime(), recordId: z.string() })
  .meta({ id: 'ChangeRisk' })

export function riskRoutes(db: Db<Tables>): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/changes/{id}/risk',
      permission: 'risk:read',
      summary: 'the risk of a change with its reasons: the newest assessment and those before it',
      params: z.object({ id: z.string().max(100) }),
      query: z.object({
        limit: z.coerce.number().int().min(1).max(100).default(20),
        cursor: z.coerce.number().int().min(1).max(2_147_483_647).optional(),
      }),
      reply: z.object({ items: z.array(RecordedAssessment), next: z.string().nullable() }),
      errors: [ChangeNotFound],
      handler: async (_ctx, { params, query }) => {
        if ((await findChange(db, params.id)) === undefined) throw ChangeNotFound({ changeId: params.id })
        const found = await assessmentsOf(db, params.id, { before: query.cursor, limit: query.limit + 1 })
        const items = found.slice(0, query.limit)
        const next = found.length > items.length ? String(items.at(-1)?.number) : null
        return { items: items.map(described), next }
      },
    }),
    route({
      method: 'GET',
      path: '/v1/risk/assessments',
      permission: 'risk:read',
      summary: 'lists changes by their newest assessment, the highest score first',
      query: PageQuery.extend({ level: RiskLevel.optional() }),
      reply: pageOf(ListedRisk),
      errors: [CursorInvalid],
      handler: async (_ctx, { query }) => listHighest(db, query),
    }),
    route({
      method: 'GET',
      path: '/v1/risk/figures',
      permission: 'risk:read',
      summary: 'counts the changes of each risk level, by their newest assessments',
      reply: RiskFigures,
      handler: async () => ({ changes: await levelCounts(db) }),
    }),
  ]
}

async function listHighest(
  db: Db<Tables>,
  { level, limit, cursor }: z.output<typeof PageQuery> & { level?: z.output<typeof RiskLevel> | undefined },
) {
  const after = cursor === undefined ? undefined : readCursor(cursor)
  const found = await highestAssessments(db, { level, after, limit })
  const place = (one: StoredAssessment) => `${Math.round(one.assessment.score.used * 100)}.${one.changeId}`
  const { items, next } = toPage(found, limit, place)
  const titles = await titlesOf(
    db,
    items.map((one) => one.changeId),
  )
  return {
    items: items.map(({ changeId, assessment: { score, level: reached }, assessedAtMs, recordId }) => ({
      changeId,
      title: titles.get(changeId) ?? '',
      score,
      level: reached,
      assessedAt: timestamp(assessedAtMs),
      recordId,
    })),
    next,
  }
}

function readCursor(cursor: string) {
  const [, hundredths, changeId] = /^(\d{1,6})\.(chg_[A-Za-z0-9_-]{1,80})$/.exec(cursor) ?? []
  if (hundredths === undefined || changeId === undefined) throw CursorInvalid({})
  return { hundredths: Number(hundredths), changeId }
}

function described({ id, number, assessedAtMs, inputs, assessment, recordId }: StoredAssessment) {
  return { ...assessment, id, number, assessedAt: timestamp(assessedAtMs), inputs, recordId }
}
