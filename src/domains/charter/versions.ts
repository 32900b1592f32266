import type { AccessTables } from '#kernel/access'
import { type Context, type LedgerTables, transact } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { toPage } from '#platform/http/page.ts'
import { newId } from '#platform/ids.ts'
import { readNumber } from './cursors.ts'
import { written } from './document.ts'
import { CharterMissing, CharterVersionNotFound } from './errors.ts'
import { charterAdopted } from './events.ts'
import { firstCharter } from './first-charter.ts'
import type { CharterVersion } from './model.ts'
import * as store from './store.ts'

export type Tables = store.CharterTables & AccessTables & LedgerTables

/** Puts version 1 in force where no version is yet: whoever starts the server first. */
export async function ensureCharter(db: Db<Tables>, ctx: Context): Promise<void> {
  if ((await store.findInForce(db)) !== undefined) return
  const id = newId('chv')
  const { text, digest } = written(firstCharter)
  const another = new Error('another node has put it in force meanwhile')
  await transact(db, ctx, async (tx, record) => {
    const row = { id, text, digest, proposer: ctx.actor.id, atMs: ctx.clock() }
    if (!(await store.insertFirst(tx, row))) throw another
    record(charterAdopted({ id, number: 1, digest, document: firstCharter }, []))
  }).catch((error: unknown) => {
    if (error !== another) throw error
  })
}

/** @throws charter_missing before the first start has ended */
export async function versionInForce(db: Pick<Db<Tables>, 'selectFrom'>): Promise<CharterVersion & { id: string }> {
  const found = await store.findInForce(db)
  if (found === undefined) throw CharterMissing({})
  return found
}

/** @throws charter_version_not_found */
export async function getVersion(db: Db<Tables>, number: number): Promise<CharterVersion> {
  const found = await store.findVersion(db, number)
  if (found === undefined) throw CharterVersionNotFound({ number })
  return toShown(found)
}

/** What is and was in force, newest first. @throws cursor_invalid */
export async function listVersions(
  db: Db<Tables>,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<{ items: CharterVersion[]; next: string | null }> {
  const below = cursor === undefined ? undefined : readNumber(cursor)
  const rows = await store.listVersions(db, limit, below)
  const { items, next } = toPage(rows, limit, (row) => String(row.number))
  return { items: items.map(toShown), next }
}

export function toShown({ number, document, digest, proposer, adoptedAt }: CharterVersion): CharterVersion {
  return { number, document, digest, proposer, adoptedAt }
}
