import type { Pool, PoolClient } from 'pg'
import { codeOf } from './error-code.ts'
import { SearchCursorInvalid, SearchTooSlow } from './errors.ts'
import { tag } from './search-document.ts'
import { asNumber } from './sql.ts'

/** What to look for; all that is given must hold. */
export interface SearchFilter {
  /** Words, as `websearch_to_tsquery` reads them: `"a phrase"`, `-without`, `or`. */
  readonly query?: string | undefined
  readonly id?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** Exact values by tag name: type, actor, tool, target, ref, correlation, decision, `data.<path>`. */
  readonly tags: readonly (readonly [name: string, value: string])[]
  /** At least one of these, where they are given. */
  readonly anyOf?: readonly (readonly [name: string, value: string])[] | undefined
}

export interface SearchPage {
  /** Indexes in the log, newest first. */
  readonly indexes: readonly number[]
  /** Where to go on with older records; undefined when all were looked at. */
  readonly next: string | undefined
}

export interface SearchOptions {
  readonly pool: Pool
  /** The whole search; what is found until then is answered, with a cursor to go on. */
  readonly timeoutMs: number
}

/** Records of a partition: 2^18, as the migration has it. */
const partitionWidth = 2 ** 18
/** Newest records that are looked at one by one. */
const recentWidth = 4096

/**
 * Looks through the index from the newest partition to the oldest, and stops when it has enough. In each partition the hits
 * are found first and ordered afterwards (`materialized`): the planner may otherwise walk all records backwards in search of
 * a word that does not exist.
 *
 * @throws SearchCursorInvalid, SearchTooSlow when even one partition takes longer than there is time
 */
export async function search(
  { pool, timeoutMs }: SearchOptions,
  organizationId: string,
  filter: SearchFilter,
  limit: number,
  cursor: string | undefined,
): Promise<SearchPage> {
  const giveUpAt = performance.now() + timeoutMs
  const client = await pool.connect()
  try {
    await client.query('begin transaction read only')
    await client.query(`set local statement_timeout = ${Math.ceil(timeoutMs)}`)
    const page = await walk(client, organizationId, filter, limit, cursor, giveUpAt)
    await client.query('commit')
    return page
  } catch (error) {
    await client.query('rollback')
    if (codeOf(error) === '57014') throw SearchTooSlow({ timeoutMs }, error)
    throw error
  } finally {
    client.release()
  }
}

async function walk(
  client: PoolClient,
  organizationId: string,
  filter: SearchFilter,
  limit: number,
  cursor: string | undefined,
  giveUpAt: number,
): Promise<SearchPage> {
  const start = Math.min(readCursor(cursor), await newest(client))
  const recent = await client.query<{ idx: bigint }>(recentStatement(organizationId, filter, start, limit))
  const indexes = recent.rows.map((row) => asNumber(row.idx))
  if (indexes.length >= limit) return { indexes, next: String(indexes.at(-1)) }
  let before = Math.max(0, start - recentWidth)
  for (const number of await partitions(client, before)) {
    if (performance.now() > giveUpAt) return { indexes, next: String(before) }
    const statement = partitionStatement(number, organizationId, filter, before, limit - indexes.length)
    const found = await client.query<{ idx: bigint }>(statement)
    indexes.push(...found.rows.map((row) => asNumber(row.idx)))
    if (indexes.length >= limit) return { indexes, next: String(indexes.at(-1)) }
    before = number * partitionWidth
  }
  return { indexes, next: undefined }
}

/** The index after the newest record. */
async function newest(client: PoolClient): Promise<number> {
  const found = await client.query<{ end: bigint }>('select coalesce(max(idx) + 1, 0) as end from ledger_search')
  return asNumber(found.rows[0]?.end)
}

/** Numbers of the partitions with records below `before`, newest first. */
async function partitions(client: PoolClient, before: number): Promise<number[]> {
  const found = await client.query<{ number: string }>(
    `select substring(relname from '[0-9]+$') as number from pg_inherits join pg_class on pg_class.oid = inhrelid
      where inhparent = 'ledger_search'::regclass`,
  )
  const numbers = found.rows.map((row) => Number(row.number))
  return numbers.filter((number) => number * partitionWidth < before).sort((a, b) => b - a)
}

/**
 * The newest records are simply looked at, one by one: what is common is found among them, without collecting every hit of a
 * partition first.
 */
function recentStatement(organizationId: string, filter: SearchFilter, before: number, limit: number) {
  const { conditions, values, value } = conditionsOf(organizationId, filter)
  const range = `idx >= ${value(before - recentWidth)} and idx < ${value(before)}`
  const text = `with recent as materialized (select * from ledger_search where ${range})
    select idx from recent where ${conditions.join(' and ')} order by idx desc limit ${value(limit)}`
  return { text, values }
}

function partitionStatement(
  number: number,
  organizationId: string,
  filter: SearchFilter,
  before: number,
  limit: number,
) {
  const { conditions, values, value } = conditionsOf(organizationId, filter)
  const isSelective = values.length > 1 || filter.tags.length > 0
  const from = `from ledger_search_${number} where idx < ${value(before)} and ${conditions.join(' and ')}`
  const text = isSelective
    ? `with hits as materialized (select idx ${from}) select idx from hits order by idx desc limit ${value(limit)}`
    : `select idx ${from} order by idx desc limit ${value(limit)}`
  return { text, values }
}

function conditionsOf(organizationId: string, filter: SearchFilter) {
  const values: unknown[] = []
  const value = (one: unknown) => {
    values.push(one)
    return `$${values.length}`
  }
  const tags = [tag('org', organizationId), ...filter.tags.map(([name, one]) => tag(name, one))]
  const conditions = [`tags @> ${value(tags)}::text[]`]
  if (filter.anyOf !== undefined)
    conditions.push(`tags && ${value(filter.anyOf.map(([name, one]) => tag(name, one)))}::text[]`)
  if (filter.id !== undefined) conditions.push(`id = ${value(filter.id)}::uuid`)
  if (filter.from !== undefined) conditions.push(`at >= ${value(filter.from)}::timestamptz`)
  if (filter.to !== undefined) conditions.push(`at < ${value(filter.to)}::timestamptz`)
  if (filter.query !== undefined) {
    const query = `websearch_to_tsquery('simple', ${value(filter.query)})`
    conditions.push(`(words @@ ${query} or all_words @@ ${query})`)
  }
  return { conditions, values, value }
}

function readCursor(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER
  const before = Number(cursor)
  if (!/^(0|[1-9][0-9]{0,15})$/.test(cursor) || !Number.isSafeInteger(before)) throw SearchCursorInvalid({ cursor })
  return before
}
