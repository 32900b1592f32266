import { type Context, type LedgerTables, noteRead } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { type DecisionFilter, listDecisions, namesOf, type Place } from './find-decisions.ts'
import { answersOf, type PolicyTables } from './store.ts'
import { summariesOf, type TitlesOf } from './summary.ts'

const pageSize = 500

interface Exporting {
  readonly db: Db<PolicyTables & LedgerTables>
  readonly titlesOf: TitlesOf | undefined
}

/** Decisions as lines of JSON, newest first; each page is recorded as read before it leaves. */
export async function* exportLines(exporting: Exporting, ctx: Context, filter: DecisionFilter): AsyncGenerator<string> {
  let next: Place | undefined | 'first' = 'first'
  while (next !== undefined) {
    const page = await readPage(exporting, ctx, filter, next === 'first' ? undefined : next)
    yield* page.lines
    next = page.next
  }
}

async function readPage({ db, titlesOf }: Exporting, ctx: Context, filter: DecisionFilter, before: Place | undefined) {
  const rows = await listDecisions(db, filter, { before, limit: pageSize })
  const page = rows.slice(0, pageSize)
  await noteRead(db, ctx, { filter: namesOf(filter), query: filter.words, indexes: [], count: page.length })
  const summaries = await summariesOf(page, titlesOf)
  const answers = await answersOf(
    db,
    page.map((row) => row.id),
  )
  const last = page.at(-1)
  const hasMore = rows.length > page.length && last !== undefined
  return {
    lines: summaries.map((one) => `${JSON.stringify({ ...one, rules: answers.get(one.id) ?? [] })}\n`),
    next: hasMore ? { decidedAtMs: last.decided_at.getTime(), id: last.id } : undefined,
  }
}
