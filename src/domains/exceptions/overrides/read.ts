import type { Context } from '#kernel/ledger'
import { CursorInvalid } from '#platform/http/errors.ts'
import { toPage } from '#platform/http/page.ts'
import type { ExceptionServices } from '../services.ts'
import { countingApprovals, isStillApproved } from './approvals.ts'
import { OverrideNotFound } from './errors.ts'
import type { GateOverride } from './model.ts'
import { findOverride, type OverrideRow, listOverrides as select, toOverride } from './store.ts'

type Reading = Pick<ExceptionServices, 'db'>

/** @throws override_not_found */
export async function readOverride(options: Reading, ctx: Context, id: string): Promise<GateOverride> {
  const row = await findOverride(options.db, id)
  if (row === undefined) throw OverrideNotFound({ overrideId: id })
  return told(options, ctx, row)
}

async function told({ db }: Reading, ctx: Context, row: OverrideRow): Promise<GateOverride> {
  const shown = toOverride(row, ctx.clock())
  if (shown.state === 'approved' && !(await isStillApproved(db, row))) return { ...shown, state: 'lapsed' }
  if (row.state !== 'asked') return shown
  const { given } = await countingApprovals(db, row)
  return { ...shown, approvers: given.map((one) => one.userId) }
}

/** Newest first. @throws cursor_invalid */
export async function listOverrides(
  options: Reading,
  ctx: Context,
  filter: {
    readonly repositoryId?: string | undefined
    readonly commit?: string | undefined
    readonly limit: number
    readonly cursor?: string | undefined
  },
): Promise<{ items: GateOverride[]; next: string | null }> {
  const { cursor, limit } = filter
  const before = cursor === undefined ? undefined : readCursor(cursor)
  const rows = await select(options.db, { ...filter, before })
  const { items, next } = toPage(rows, limit, (row) => `${row.asked_at.getTime()}.${row.id}`)
  return { items: await Promise.all(items.map((row) => told(options, ctx, row))), next }
}

function readCursor(cursor: string): { at: Date; id: string } {
  const [, ms, id] = /^(\d{1,16})\.(ovr_[\w-]{1,80})$/.exec(cursor) ?? []
  if (ms === undefined || id === undefined || Number(ms) > 8.64e15) throw CursorInvalid({})
  return { at: new Date(Number(ms)), id }
}
