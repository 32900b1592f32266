import type { Context } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import { toPage } from '#platform/http/page.ts'
import { ExceptionNotFound } from './errors.ts'
import { dayMs, type Exception, type ExceptionOrder, type ExceptionUse } from './model.ts'
import type { ExceptionServices } from './services.ts'
import { type ExceptionFilter, findException, listUses, placeOf, listExceptions as select } from './store.ts'
import { toException } from './view.ts'

type Reading = Pick<ExceptionServices, 'db'>

/** @throws exception_not_found */
export async function readException({ db }: Reading, ctx: Context, id: string): Promise<Exception> {
  const row = await findException(db, id)
  if (row === undefined) throw ExceptionNotFound({ exceptionId: id })
  return toException(row, ctx.clock())
}

export interface ExceptionListing extends Pick<ExceptionFilter, 'state' | 'rule' | 'repositoryId' | 'use'> {
  readonly endsWithinDays?: number | undefined
  readonly order: ExceptionOrder
  readonly limit: number
  readonly cursor?: string | undefined
}

/** @throws cursor_invalid */
export async function listExceptions(
  { db }: Reading,
  ctx: Context,
  { endsWithinDays, cursor, ...filter }: ExceptionListing,
): Promise<{ items: Exception[]; next: string | null }> {
  const now = ctx.clock()
  const rows = await select(db, {
    ...filter,
    now: new Date(now),
    endsBefore: endsWithinDays === undefined ? undefined : new Date(now + endsWithinDays * dayMs),
    after: cursor === undefined ? undefined : readPlace(cursor, /^exc_[\w-]{1,80}$/),
  })
  const { items, next } = toPage(rows, filter.limit, (row) => placeOf(row, filter.order))
  return { items: items.map((row) => toException(row, now)), next }
}

/** The decisions in which it stood for its rule, the newest first. @throws exception_not_found, cursor_invalid */
export async function listExceptionUses(
  { db }: Reading,
  id: string,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<{ items: ExceptionUse[]; next: string | null }> {
  if ((await findException(db, id)) === undefined) throw ExceptionNotFound({ exceptionId: id })
  const place = cursor === undefined ? undefined : readPlace(cursor, /^dec_[\w-]{1,80}$/)
  const after = place === undefined ? undefined : { at: new Date(place.value), id: place.id }
  const rows = await listUses(db, id, { after, limit })
  const { items, next } = toPage(rows, limit, (row) => `${row.used_at.getTime()}.${row.decision_id}`)
  return {
    items: items.map((row) => ({
      decisionId: row.decision_id,
      target: row.target,
      usedAt: timestamp(row.used_at.getTime()),
    })),
    next,
  }
}

function readPlace(cursor: string, ofId: RegExp): { value: number; id: string } {
  const [, digits, id = ''] = /^(\d{1,15})\.(.+)$/.exec(cursor) ?? []
  if (digits === undefined || !ofId.test(id) || Number(digits) > 8.64e15) throw CursorInvalid({})
  return { value: Number(digits), id }
}
