import type { Context, Ledger } from '#kernel/ledger'
import { PackTooLarge, PeriodEmpty } from '../errors.ts'
import { type Belongings, type Governance, type PackMaker, type ReadChange, readFigures } from '../service.ts'
import { LIMITS } from '../zip/zip-format.ts'
import type { PeriodPackRow } from './store.ts'

/** Records of one pack. Each is two members of the archive, which has 65,534. */
export const recordsMax = 32_000
/** Of the imports of a repository, the newest. */
const importsMax = 1000
const indexTimeoutMs = 60_000
const pageSize = 100

/**
 * The changes of a period, each with its record.
 *
 * @throws period_empty, pack_too_large
 */
export async function changesOf(
  maker: Pick<PackMaker, 'db' | 'governance'>,
  { repository_id, period_from, period_to }: PeriodPackRow,
  onRead: (changes: number) => void,
): Promise<ReadChange[]> {
  const period = { from: period_from?.toISOString() ?? null, to: period_to?.toISOString() ?? null }
  const changes: ReadChange[] = []
  for await (const page of readFigures(maker, repository_id, period)) {
    for (const one of page) changes.push(one)
    if (changes.length > recordsMax) throw PackTooLarge({ what: 'records', max: recordsMax })
    onRead(changes.length)
  }
  if (changes.length === 0) throw PeriodEmpty(period)
  return changes
}

/** What belongs to these changes beyond their own records. */
export async function belongingsOf(
  governance: Governance | undefined,
  repositoryId: string,
  changes: readonly ReadChange[],
): Promise<Belongings> {
  const about = changes.map(({ figures, commits }) => ({ id: figures.id, commits }))
  return (await governance?.about(repositoryId, about)) ?? { records: [], attachments: [] }
}

/**
 * Where the records of a pack stand in the log of `size`: these, and those of the repository itself, ascending.
 *
 * @throws pack_too_large, index_behind, record_not_found
 */
export async function placesOf(
  ledger: Ledger,
  ctx: Context,
  wanted: {
    readonly ids: readonly string[]
    readonly repositoryId: string
    readonly size: number
    readonly files: number
  },
): Promise<{ readonly index: number; readonly id: string }[]> {
  const ids = [...new Set(wanted.ids)]
  if (ids.length > recordsMax) throw PackTooLarge({ what: 'records', max: recordsMax })
  const places = new Map(await ledger.records.indexesOf(ids, indexTimeoutMs))
  for (const one of await recordsOfRepository(ledger, ctx, wanted.repositoryId)) {
    if (one.index < wanted.size) places.set(one.id, one.index)
  }
  if (places.size > recordsMax) throw PackTooLarge({ what: 'records', max: recordsMax })
  // with those that every pack has
  if (2 * places.size + wanted.files + 6 > LIMITS.members)
    throw PackTooLarge({ what: 'records and attached files', max: recordsMax })
  return [...places].map(([id, index]) => ({ index, id })).sort((a, b) => a.index - b.index)
}

/** That the repository was added, and that its history was read. */
async function recordsOfRepository(ledger: Ledger, ctx: Context, repositoryId: string) {
  const found: { readonly index: number; readonly id: string }[] = []
  for (const [type, max] of [
    ['repository.added', pageSize],
    ['repository.imported', importsMax],
  ] as const) {
    const tags = [['type', type] as const, ['target', `repository:${repositoryId}`] as const]
    let cursor: string | undefined
    let left: number = max
    do {
      const page = await ledger.records.find(ctx.organizationId, { tags }, { limit: Math.min(left, pageSize), cursor })
      for (const { index, record } of page.items) found.push({ index, id: record.id })
      left -= page.items.length
      cursor = page.next
    } while (cursor !== undefined && left > 0)
  }
  return found
}
