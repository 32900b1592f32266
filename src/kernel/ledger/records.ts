import type { Pool } from 'pg'
import { type AuditRecord, type Entry, parseEntry } from './core/index.ts'
import { IndexBehind, RecordNotFound } from './errors.ts'
import type { Follower } from './follower.ts'
import type { PublishedLog } from './published-log.ts'
import { type SearchFilter, search } from './search.ts'
import { asNumber, asText, type Run } from './sql.ts'

export interface FoundRecord {
  readonly index: number
  readonly record: AuditRecord
  readonly signatures: Entry['s']
}

export interface Records {
  /** Newest first. What is shown comes from the log itself, each with a checked proof; the index only says where to look. */
  find(
    organizationId: string,
    filter: SearchFilter,
    page: { readonly limit: number; readonly cursor: string | undefined },
  ): Promise<{ readonly items: readonly FoundRecord[]; readonly next: string | undefined }>
  /** @throws RecordNotFound also for a record of another organization */
  get(organizationId: string, id: string): Promise<FoundRecord & { readonly proofFile: string }>
  /**
   * Where in the log these published records stand. The index is believed: whoever reads an entry there looks at its id.
   * Waits until the index has come as far as the published log.
   *
   * @throws IndexBehind when that takes longer than `timeoutMs`, RecordNotFound for a record that is not in the index
   */
  indexesOf(ids: readonly string[], timeoutMs: number): Promise<ReadonlyMap<string, number>>
}

const searchTimeoutMs = 5000
/** Ids that are looked up at once. */
const idsAtOnce = 5000

interface RecordsOptions {
  readonly pool: Pool
  readonly run: Run
  readonly published: PublishedLog
  readonly follower: Pick<Follower, 'waitFor'>
}

export function createRecords({ pool, run, published, follower }: RecordsOptions): Records {
  const read = async (index: number) => {
    const { bytes, proofFile } = await published.entry(index)
    const { p, s } = parseEntry(bytes)
    return { index, record: p, signatures: s, proofFile }
  }
  return {
    find: async (organizationId, filter, { limit, cursor }) => {
      const found = await search({ pool, timeoutMs: searchTimeoutMs }, organizationId, filter, limit, cursor)
      const items = await Promise.all(found.indexes.map(read))
      // an index that was tampered with may point anywhere, but shows nobody the records of others
      const own = items.filter((one) => one.record.organizationId === organizationId)
      return { items: own.map(({ index, record, signatures }) => ({ index, record, signatures })), next: found.next }
    },
    get: async (organizationId, id) => {
      const rows = await run({
        name: 'ledger-index-of',
        text: 'select idx from ledger_search where id = $1',
        values: [id],
      })
      const row = rows[0]
      if (row === undefined) throw RecordNotFound({ id })
      const found = await read(asNumber(row['idx']))
      if (found.record.organizationId !== organizationId || found.record.id !== id) throw RecordNotFound({ id })
      return found
    },
    indexesOf: async (ids, timeoutMs) => {
      const { size } = await published.checkpoint()
      if (!(await follower.waitFor(size, timeoutMs))) throw IndexBehind({ timeoutMs })
      const indexes = new Map<string, number>()
      for (let from = 0; from < ids.length; from += idsAtOnce) {
        const some = ids.slice(from, from + idsAtOnce)
        const rows = await run({
          name: 'ledger-indexes-of',
          text: 'select id, idx from ledger_search where id = any($1::uuid[])',
          values: [some],
        })
        for (const row of rows) indexes.set(asText(row['id']), asNumber(row['idx']))
      }
      const missing = ids.find((id) => !indexes.has(id))
      if (missing !== undefined) throw RecordNotFound({ id: missing })
      return indexes
    },
  }
}
