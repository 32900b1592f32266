import { z } from 'zod'
import { type Context, type LedgerTables, route } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import { PageQuery, pageOf, toPage } from '#platform/http/page.ts'
import type { Route } from '#platform/http/route.ts'
import { emptyCounts, shareOf } from './attribution/counts.ts'
import { ChangeNotFound } from './errors.ts'
import { askedBy, type Facet, placesOf, told, toldOf } from './facets.ts'
import { type ChangeFilter, listChanges, sumChanges } from './find-changes.ts'
import { Attribution, Change, GradeCounts, Share } from './model.ts'
import * as store from './store.ts'

type Tables = store.ChangesTables & LedgerTables

const ChangeSummary = z.object({
  id: z.string(),
  repositoryId: z.string(),
  title: z.string(),
  mergedAt: z.string(),
  author: z.string(),
  attribution: Attribution,
  recordId: z.string(),
})

/** What changes must be to count. */
const Filter = z.object({
  repositoryId: z.string().max(100).optional(),
  q: z.string().max(200).optional().describe('words of title or author; or the start of an id or a commit'),
  ai: z
    .enum(['ai', 'attested', 'declared', 'hinted', 'human', 'unknown'])
    .optional()
    .describe('only changes with lines of this grade; `ai` is attested or declared'),
  from: z.iso.datetime({ offset: true }).optional().describe('merged at or after'),
  to: z.iso.datetime({ offset: true }).optional().describe('merged before'),
})

const Figures = z
  .object({
    changes: z.int(),
    lines: GradeCounts,
    share: Share,
    months: z.array(z.object({ month: z.string(), changes: z.int(), lines: GradeCounts })),
    unknowns: z.array(z.object({ what: z.string(), changes: z.int(), howToKnow: z.string() })),
  })
  .meta({ id: 'ChangeFigures' })

const byId = z.object({ id: z.string().max(100) })
const monthsMax = 120

/** `facets` are what other capabilities know of each change. */
export function changeRoutes(db: Db<Tables>, facets: readonly Facet[]): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/changes',
      permission: 'change:read',
      summary: 'lists changes, newest first unless asked otherwise',
      query: askedBy(
        Filter.extend({ ...PageQuery.shape, order: z.enum(['newest', 'oldest']).default('newest') }),
        facets,
      ),
      reply: pageOf(toldOf(ChangeSummary, facets).meta({ id: 'ChangeSummary' })),
      errors: [CursorInvalid],
      handler: async (_ctx, { query }) => {
        const { items, next } = await listPage(db, query, toFilter(query, facets))
        return { items: await told(items, facets), next }
      },
    }),
    route({
      method: 'GET',
      path: '/v1/changes/figures',
      permission: 'change:read',
      summary: 'counts changes and their lines by grade, in all and by month, and says what is unknown',
      query: askedBy(Filter, facets),
      reply: Figures,
      handler: async (_ctx, { query }) => figures(db, toFilter(query, facets)),
    }),
    route({
      method: 'GET',
      path: '/v1/changes/{id}',
      permission: 'change:read',
      summary: 'one change with its commits, files, parties and attribution',
      params: byId,
      reply: Change.extend({ repositoryId: z.string(), recordId: z.string() }),
      errors: [ChangeNotFound],
      handler: async (_ctx, { params }) => {
        const row = await store.findChange(db, params.id)
        if (row === undefined) throw ChangeNotFound({ changeId: params.id })
        return { ...row.detail, files: row.files, repositoryId: row.repository_id, recordId: row.record_id }
      },
    }),
  ]
}

function toFilter(query: z.output<typeof Filter>, facets: readonly Facet[]): ChangeFilter {
  const { repositoryId, q, ai, from, to } = query
  return {
    among: placesOf(query, facets),
    repositoryId,
    words: q?.trim() === '' ? undefined : q?.trim(),
    grade: ai,
    fromMs: from === undefined ? undefined : Date.parse(from),
    untilMs: to === undefined ? undefined : Date.parse(to),
  }
}

async function listPage(
  db: Db<Tables>,
  { order, limit, cursor }: { order: 'newest' | 'oldest'; limit: number; cursor?: string | undefined },
  filter: ChangeFilter,
) {
  const after = cursor === undefined ? undefined : readCursor(cursor)
  const rows = await listChanges(db, filter, { order, limit, after })
  const { items, next } = toPage(rows, limit, (row) => `${row.merged_at.getTime()}.${row.position}.${row.id}`)
  return {
    items: items.map((row) => ({
      id: row.id,
      repositoryId: row.repository_id,
      title: row.title,
      mergedAt: timestamp(row.merged_at.getTime()),
      author: row.author_name,
      attribution: row.detail.attribution,
      recordId: row.record_id,
    })),
    next,
  }
}

function readCursor(cursor: string) {
  const match = /^(-?\d{1,16})\.(\d{1,15})\.(chg_[A-Za-z0-9_-]{1,80})$/.exec(cursor)
  const mergedAtMs = Number(match?.[1])
  if (match?.[3] === undefined || Math.abs(mergedAtMs) > 8.64e15) throw CursorInvalid({})
  return { mergedAtMs, position: Number(match[2]), id: match[3] }
}

async function figures(db: Db<Tables>, filter: ChangeFilter) {
  const months = await sumChanges(db, filter)
  const lines = emptyCounts()
  for (const month of months)
    for (const grade of Object.keys(lines) as (keyof GradeCounts)[]) lines[grade] += month.lines[grade]
  const count = (of: 'changes' | 'silent' | 'hinting' | 'declaring') =>
    months.reduce((sum, month) => sum + month[of], 0)
  return {
    changes: count('changes'),
    lines,
    share: shareOf(lines),
    months: months.slice(-monthsMax).map(({ month, changes, lines: counts }) => ({ month, changes, lines: counts })),
    unknowns: [
      {
        what: 'Lines that carry no statement of who or what wrote them',
        changes: count('silent'),
        howToKnow:
          'Let the coding tools write line records (git-ai notes, Agent Trace), or have commits state it in a trailer such as Assisted-by or Co-authored-by.',
      },
      {
        what: 'Lines that only a hint, such as the name of a branch, connects with an AI tool',
        changes: count('hinting'),
        howToKnow: 'Ask the author; from now on let the tool sign its commits or add its trailer.',
      },
      {
        what: 'Which lines of a commit the declared AI tool wrote: the statement covers the whole commit',
        changes: count('declaring'),
        howToKnow: 'Line records (git-ai notes, Agent Trace) say it line by line.',
      },
    ].filter((one) => one.changes > 0),
  }
}
