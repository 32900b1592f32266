import { type ColumnType, sql } from 'kysely'
import type { Db, Write } from '#platform/database.ts'
import type { Subject } from './events.ts'
import type { Summary } from './summary.ts'

export interface EvidenceTables {
  evidence: {
    id: string
    repository_id: string | null
    commit_oid: string | null
    artifact: string | null
    sha256: string
    bytes: bigint
    format: string
    tool: string | null
    summary: ColumnType<Summary, string, string>
    added_at: Date
    key_id: string
    content: Uint8Array
    parsed: Uint8Array
    record_id: string
  }
}

export interface NewEvidence {
  readonly id: string
  readonly subject: Subject
  readonly sha256: string
  readonly bytes: number
  readonly format: string
  readonly tool: string | null
  readonly summary: Summary
  readonly addedAtMs: number
  readonly keyId: string
  readonly content: Uint8Array
  readonly parsed: Uint8Array
  readonly recordId: string
}

/** @returns false when evidence with this id is there already; then nothing was changed */
export async function insertEvidence(tx: Write<EvidenceTables>, one: NewEvidence): Promise<boolean> {
  const { subject } = one
  const added = await tx
    .insertInto('evidence')
    .values({
      id: one.id,
      repository_id: 'commit' in subject ? subject.repositoryId : null,
      commit_oid: 'commit' in subject ? subject.commit : null,
      artifact: 'artifact' in subject ? subject.artifact : null,
      sha256: one.sha256,
      bytes: BigInt(one.bytes),
      format: one.format,
      tool: one.tool,
      summary: JSON.stringify(one.summary),
      added_at: new Date(one.addedAtMs),
      key_id: one.keyId,
      content: one.content,
      parsed: one.parsed,
      record_id: one.recordId,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .executeTakeFirst()
  return added !== undefined
}

const described = [
  'id',
  'repository_id',
  'commit_oid',
  'artifact',
  'sha256',
  'bytes',
  'format',
  'summary',
  'added_at',
  'record_id',
] as const

export type DescribedRow = NonNullable<Awaited<ReturnType<typeof findDescribed>>>

export async function findDescribed(db: Db<EvidenceTables>, id: string) {
  return db.selectFrom('evidence').select(described).where('id', '=', id).executeTakeFirst()
}

export async function findParsed(db: Db<EvidenceTables>, id: string) {
  return db
    .selectFrom('evidence')
    .select([...described, 'key_id', 'parsed'])
    .where('id', '=', id)
    .executeTakeFirst()
}

export async function findContent(db: Db<EvidenceTables>, id: string) {
  return db
    .selectFrom('evidence')
    .select(['id', 'sha256', 'format', 'key_id', 'content'])
    .where('id', '=', id)
    .executeTakeFirst()
}

export interface EvidencePlace {
  readonly addedAtMs: number
  readonly id: string
}

export interface EvidenceFilter {
  readonly repositoryId?: string | undefined
  readonly commit?: string | undefined
  readonly artifact?: string | undefined
  readonly format?: string | undefined
  readonly commits?: { readonly repositoryId: string; readonly oids: readonly string[] } | undefined
  readonly before?: EvidencePlace | undefined
  readonly limit: number
}

/** Newest first, without contents; one more than the limit tells that there are more. */
export async function listEvidence(db: Db<EvidenceTables>, filter: EvidenceFilter) {
  let query = db
    .selectFrom('evidence')
    .select(described)
    .orderBy('added_at', 'desc')
    .orderBy('id', 'desc')
    .limit(filter.limit + 1)
  const { repositoryId, commit, artifact, format, commits, before } = filter
  if (commits !== undefined)
    query = query
      .where('repository_id', '=', commits.repositoryId)
      .where('commit_oid', '=', sql<string>`any(${[...commits.oids]}::text[])`)
  if (repositoryId !== undefined) query = query.where('repository_id', '=', repositoryId)
  if (commit !== undefined) query = query.where('commit_oid', '=', commit)
  if (artifact !== undefined) query = query.where('artifact', '=', artifact)
  if (format !== undefined) query = query.where('format', '=', format)
  if (before !== undefined)
    query = query.where((is) => is(is.refTuple('added_at', 'id'), '<', is.tuple(new Date(before.addedAtMs), before.id)))
  return query.execute()
}

/** What was read of everything about these commits, oldest first. */
export async function parsedOfCommits(db: Db<EvidenceTables>, repositoryId: string, commits: readonly string[]) {
  if (commits.length === 0) return []
  return db
    .selectFrom('evidence')
    .select([...described, 'key_id', 'parsed'])
    .where('repository_id', '=', repositoryId)
    .where('commit_oid', 'in', [...commits])
    .orderBy('added_at')
    .orderBy('id')
    .execute()
}

/** Digest, key and record of every report about a commit of a repository; of these commits only, where they are given. */
export async function contentsOfRepository(
  db: Db<EvidenceTables>,
  repositoryId: string,
  commits: readonly string[] | undefined,
) {
  let query = db
    .selectFrom('evidence')
    .select(['id', 'sha256', 'key_id', 'record_id'])
    .where('repository_id', '=', repositoryId)
    .orderBy('id')
  if (commits !== undefined) query = query.where('commit_oid', '=', sql<string>`any(${[...commits]}::text[])`)
  return query.execute()
}
