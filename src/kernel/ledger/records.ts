import type { Pool } from 'pg'
import { type AuditRecord, type Entry, parseEntry } from './core/index.ts'
import { RecordNotFound } from './errors.ts'
import type { PublishedLog } from './published-log.ts'
import { type SearchFilter, search } from './search.ts'
import { asNumber, type Run } from './sql.ts'

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
}

const searchTimeoutMs = 5000

export function createRecords(pool: Pool, run: Run, published: PublishedLog): Records {
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
  }
}
