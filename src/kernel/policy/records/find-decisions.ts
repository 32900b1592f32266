import { type SelectQueryBuilder, sql } from 'kysely'
import { z } from 'zod'
import type { Db } from '#platform/database.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import type { PolicyTables } from './store.ts'

export const gates = z.enum(['merge', 'deploy'])
export const results = z.enum(['pass', 'fail', 'unknown', 'error'])

/** What decisions are found by. */
export const DecisionFilter = z.object({
  gate: gates.optional(),
  result: results.optional(),
  decision: z.enum(['allow', 'deny']).optional(),
  enforced: z
    .enum(['true', 'false'])
    .optional()
    .describe('whether the answer was acted on: `false` for histories, and for gates that only tell'),
  rule: z.string().max(140).optional().describe('one that did not pass, such as `quality.coverage`'),
  status: z
    .enum(['pass', 'fail', 'excepted', 'unknown', 'not_applicable', 'error'])
    .optional()
    .describe('of that rule, instead of any but `pass` and `not_applicable`'),
  target: z.string().min(3).max(300).optional().describe('`type:id`, such as `change:chg_…`'),
  repositoryId: z.string().max(100).optional(),
  from: z.iso.datetime().optional().describe('made at or after this time'),
  to: z.iso.datetime().optional().describe('made before this time'),
  words: z.string().trim().min(1).max(200).optional().describe('all of them in what the rules said'),
})
export type DecisionFilter = z.output<typeof DecisionFilter>

export interface Place {
  readonly decidedAtMs: number
  readonly id: string
}

/** Filters as the record of a read names them; the words are sealed in it. */
export function namesOf({ words: _, ...filter }: DecisionFilter): string[] {
  const names = Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
  return ['decisions', ...names]
}

const columns = [
  'id',
  'gate',
  'result',
  'decision',
  'enforced',
  'mode',
  'decided_at',
  'policy_revision',
  'targets',
  'record_id',
] as const

/** Newest first, without the rules; one more than the limit tells that there are more. */
export async function listDecisions(
  db: Db<PolicyTables>,
  filter: DecisionFilter,
  { before, limit }: { readonly before: Place | undefined; readonly limit: number },
) {
  let query = byAnswers(byColumns(db.selectFrom('decision').select(columns), filter), filter)
    .orderBy('decided_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
  if (before !== undefined) {
    query = query.where((is) =>
      is(is.refTuple('decided_at', 'id'), '<', is.tuple(new Date(before.decidedAtMs), before.id)),
    )
  }
  return query.execute()
}

type Listing<O> = SelectQueryBuilder<PolicyTables, 'decision', O>

function byColumns<O>(listing: Listing<O>, filter: DecisionFilter): Listing<O> {
  const { gate, result, decision, enforced, target, repositoryId, from, to } = filter
  const about = [target, repositoryId && `repository:${repositoryId}`].filter((one) => one !== undefined)
  let query = listing
  if (gate !== undefined) query = query.where('gate', '=', gate)
  if (result !== undefined) query = query.where('result', '=', result)
  if (decision !== undefined) query = query.where('decision', '=', decision)
  if (enforced !== undefined) query = query.where('enforced', '=', enforced === 'true')
  if (from !== undefined) query = query.where('decided_at', '>=', new Date(from))
  if (to !== undefined) query = query.where('decided_at', '<', new Date(to))
  return about.length === 0 ? query : query.where(sql<boolean>`targets @> ${about}::text[]`)
}

/** Equal answers are kept once, so what rules said is found in few rows. */
function byAnswers<O>(listing: Listing<O>, { rule, status, words }: DecisionFilter): Listing<O> {
  if (rule === undefined && words === undefined) return listing
  const statuses = status === undefined ? ['fail', 'excepted', 'unknown', 'error'] : [status]
  const said = statuses.map((one) => sql<boolean>`rules @> ${JSON.stringify([{ id: rule, status: one }])}::jsonb`)
  return listing.where('answers_digest', 'in', (from) => {
    let answers = from.selectFrom('decision_answers').select('digest')
    if (rule !== undefined) answers = answers.where((is) => is.or(said))
    if (words !== undefined)
      answers = answers.where(sql<boolean>`${wordsOfAnswers} @@ plainto_tsquery('simple', ${words})`)
    return answers
  })
}

/** As its index has it. */
const wordsOfAnswers = sql`to_tsvector('simple', left(jsonb_path_query_array(rules, '$[*].message')::text, 200000))`

export type Listed = Awaited<ReturnType<typeof listDecisions>>[number]

export function cursorOf(row: Listed): string {
  return `${row.decided_at.getTime()}.${row.id}`
}

/** @throws cursor_invalid */
export function readCursor(cursor: string): Place {
  const [, time, id] = /^(\d{1,15})\.(dec_[A-Za-z0-9_-]{1,80})$/.exec(cursor) ?? []
  if (time === undefined || id === undefined) throw CursorInvalid({})
  return { decidedAtMs: Number(time), id }
}
