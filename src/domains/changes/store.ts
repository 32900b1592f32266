import { type ColumnType, type Generated, type Selectable, sql } from 'kysely'
import type { Db, Write } from '#platform/database.ts'
import type { Change } from './model.ts'

export interface ChangesTables {
  repository: {
    id: string
    path: string
    name: string
    branch: Generated<string | null>
    head_oid: Generated<string | null>
    object_format: Generated<string | null>
    is_shallow: Generated<boolean>
    added_at: Date
    imported_at: Generated<Date | null>
    problem: Generated<string | null>
  }
  change: {
    id: string
    repository_id: string
    position: bigint
    head_oid: string
    title: string
    merged_at: Date
    author_name: string
    lines_counted: bigint
    lines_attested: bigint
    lines_declared: bigint
    lines_human: Computed<bigint>
    lines_hinted: Computed<bigint>
    words: Computed<string>
    place: Computed<string>
    detail: Json<Omit<Change, 'files'>>
    files: Json<Change['files']>
    record_id: string
  }
  repository_clone: {
    id: string
    url: string
    folder: string
    requested_at: Date
    problem: Generated<string | null>
  }
  clone_progress: { clone_id: string; phase: string; part: number | null; bytes: bigint; updated_at: Date }
  import_progress: { repository_id: string; changes: bigint; updated_at: Date }
}

/** Made by the database from the other columns. */
type Computed<T> = ColumnType<T, never, never>

/** Written as text, because the driver would send an array as a PostgreSQL array; read as the value. */
type Json<T> = ColumnType<T, string, string>

/** What is kept of a change apart from its files. */
export type StoredDetail = Omit<Change, 'files'>

export interface StoredChange {
  readonly position: number
  readonly change: Change
  readonly recordId: string
}

export async function insertRepository(
  tx: Write<ChangesTables>,
  row: { id: string; path: string; name: string; addedAtMs: number },
) {
  await tx
    .insertInto('repository')
    .values({ id: row.id, path: row.path, name: row.name, added_at: new Date(row.addedAtMs) })
    .execute()
}

export async function findRepository(db: Db<ChangesTables>, id: string) {
  return db.selectFrom('repository').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function findRepositoryByPath(db: Db<ChangesTables>, path: string) {
  return db.selectFrom('repository').selectAll().where('path', '=', path).executeTakeFirst()
}

/** Addresses of those of the folders that are mirrors of ours. */
export async function cloneAddresses(
  db: Db<ChangesTables>,
  folders: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (folders.length === 0) return new Map()
  const rows = await db
    .selectFrom('repository_clone')
    .select(['folder', 'url'])
    .where('folder', 'in', [...folders])
    .execute()
  return new Map(rows.map((row) => [row.folder, row.url]))
}

export type RepositoryRow = Selectable<ChangesTables['repository']>

/** By name; one more than the limit tells that there are more. */
export async function listRepositories(
  db: Db<ChangesTables>,
  { limit, after }: { readonly limit: number; readonly after?: Pick<RepositoryRow, 'name' | 'id'> | undefined },
): Promise<RepositoryRow[]> {
  const query = db
    .selectFrom('repository')
    .selectAll()
    .orderBy('name')
    .orderBy('id')
    .limit(limit + 1)
  if (after === undefined) return query.execute()
  return query.where((is) => is(is.refTuple('name', 'id'), '>', is.tuple(after.name, after.id))).execute()
}

export interface ImportOutcome {
  /** undefined where HEAD names no branch, or there is no commit yet. */
  readonly branch: string | undefined
  readonly headOid: string | undefined
  readonly objectFormat: string
  readonly isShallow: boolean
  readonly importedAtMs: number
}

export async function noteImported(tx: Write<ChangesTables>, id: string, outcome: ImportOutcome): Promise<void> {
  await tx
    .updateTable('repository')
    .set({
      branch: outcome.branch ?? null,
      head_oid: outcome.headOid ?? null,
      object_format: outcome.objectFormat,
      is_shallow: outcome.isShallow,
      imported_at: new Date(outcome.importedAtMs),
      problem: null,
    })
    .where('id', '=', id)
    .execute()
}

export async function noteProblem(tx: Write<ChangesTables>, id: string, problem: string): Promise<void> {
  await tx.updateTable('repository').set({ problem }).where('id', '=', id).execute()
}

/** Where the next change goes, and the head of the newest one that is there. */
export async function newest(
  db: Db<ChangesTables>,
  repositoryId: string,
): Promise<{ position: number; headOid: string } | undefined> {
  const row = await db
    .selectFrom('change')
    .select(['position', 'head_oid'])
    .where('repository_id', '=', repositoryId)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? undefined : { position: Number(row.position), headOid: row.head_oid }
}

export async function knownIds(db: Db<ChangesTables>, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await db
    .selectFrom('change')
    .select('id')
    .where('id', 'in', [...ids])
    .execute()
  return new Set(rows.map((row) => row.id))
}

/** As one parameter: a list of thousands of them takes longer to write and to read than the rows themselves. */
export async function insertChanges(
  tx: Write<ChangesTables>,
  repositoryId: string,
  changes: readonly StoredChange[],
): Promise<void> {
  if (changes.length === 0) return
  const rows = toJson(changes.map(toRow))
  await sql`insert into change (id, repository_id, position, head_oid, title, merged_at, author_name,
      lines_counted, lines_attested, lines_declared, detail, files, record_id)
    select id, ${repositoryId}, position, head_oid, title, merged_at, author_name,
      lines_counted, lines_attested, lines_declared, detail, files, record_id
    from json_to_recordset(${rows}::json) as one (id text, position bigint, head_oid text, title text,
      merged_at timestamptz, author_name text, lines_counted bigint, lines_attested bigint, lines_declared bigint,
      detail jsonb, files jsonb, record_id uuid)`.execute(tx)
}

export interface Progress {
  readonly repositoryId: string
  /** Changes that were read so far. */
  readonly changes: number
  readonly atMs: number
}

export async function saveProgress(tx: Write<ChangesTables>, { repositoryId, changes, atMs }: Progress): Promise<void> {
  const values = { changes: BigInt(changes), updated_at: new Date(atMs) }
  await tx
    .insertInto('import_progress')
    .values({ repository_id: repositoryId, ...values })
    .onConflict((conflict) => conflict.column('repository_id').doUpdateSet(values))
    .execute()
}

export async function progressOf(db: Db<ChangesTables>, repositoryId: string): Promise<number> {
  const row = await db
    .selectFrom('import_progress')
    .select('changes')
    .where('repository_id', '=', repositoryId)
    .executeTakeFirst()
  return Number(row?.changes ?? 0)
}

export async function findChange(db: Db<ChangesTables>, id: string) {
  return db
    .selectFrom('change')
    .select(['id', 'repository_id', 'detail', 'files', 'record_id', 'head_oid'])
    .where('id', '=', id)
    .executeTakeFirst()
}

/** The titles of those of the changes that are known, by id. */
export async function titlesOf(db: Db<ChangesTables>, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('change')
    .select(['id', 'title'])
    .where('id', 'in', [...ids])
    .execute()
  return new Map(rows.map((row) => [row.id, row.title]))
}

/** Titles of those of the targets (`change:chg_…`, or `commit:…` that brought a change) that are known, by target. */
export async function targetTitles(
  db: Db<ChangesTables>,
  targets: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const named = (type: string) => targets.flatMap((one) => (one.startsWith(type) ? [one.slice(type.length)] : []))
  const [changes, commits] = [named('change:'), named('commit:')]
  const rows = await db
    .selectFrom('change')
    .select(['id', 'head_oid', 'title'])
    .where((is) =>
      is.or([
        is('id', '=', sql<string>`any(${changes}::text[])`),
        is('head_oid', '=', sql<string>`any(${commits}::text[])`),
      ]),
    )
    .execute()
  return new Map(
    rows.flatMap(({ id, head_oid, title }): [string, string][] => [
      [`change:${id}`, title],
      [`commit:${head_oid}`, title],
    ]),
  )
}

/** A change without its lists, which are most of it. */
export type ChangeSummary = Omit<Change, 'files' | 'commits' | 'parties'>

/** Merged from `from` on and before `to`, as ISO 8601; null is open. */
export interface Period {
  readonly from: string | null
  readonly to: string | null
}

/**
 * A page of the changes of a repository in the order of its history, with the ids of what they brought; for reports, which
 * read all of them.
 */
export async function changesFrom(
  db: Db<ChangesTables>,
  repositoryId: string,
  { after, limit, from, to }: Period & { readonly after: number; readonly limit: number },
) {
  let query = db
    .selectFrom('change')
    .select([
      'position',
      'record_id',
      sql<ChangeSummary>`detail - array['commits', 'parties']`.as('summary'),
      sql<string[]>`jsonb_path_query_array(detail, '$.commits[*].oid')`.as('commits'),
    ])
    .where('repository_id', '=', repositoryId)
    .where('position', '>', BigInt(after))
    .orderBy('position')
    .limit(limit)
  if (from !== null) query = query.where('merged_at', '>=', new Date(from))
  if (to !== null) query = query.where('merged_at', '<', new Date(to))
  return query.execute()
}

export async function countMerged(db: Db<ChangesTables>, repositoryId: string, { from, to }: Period): Promise<number> {
  let query = db
    .selectFrom('change')
    .select((is) => is.fn.countAll<bigint>().as('changes'))
    .where('repository_id', '=', repositoryId)
  if (from !== null) query = query.where('merged_at', '>=', new Date(from))
  if (to !== null) query = query.where('merged_at', '<', new Date(to))
  return Number((await query.executeTakeFirstOrThrow()).changes)
}

function toRow({ position, change, recordId }: StoredChange) {
  const { files, ...detail } = change
  const { total, attested, declared } = change.attribution.lines
  return {
    id: change.id,
    position,
    head_oid: change.headOid,
    title: change.title,
    merged_at: change.mergedAt,
    author_name: change.author.name,
    lines_counted: total,
    lines_attested: attested,
    lines_declared: declared,
    detail,
    files,
    record_id: recordId,
  }
}

/** PostgreSQL's text has no U+0000; a hostile commit may have one. */
function toJson(value: unknown): string {
  const text = JSON.stringify(value)
  // looked for first, because a replacer makes writing three times as slow
  if (!text.includes('\\u0000')) return text
  return JSON.stringify(value, (_key, one) => (typeof one === 'string' ? one.replaceAll('\u0000', '\ufffd') : one))
}
