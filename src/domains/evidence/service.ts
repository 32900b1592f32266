import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { type ChangesTables, findRepository, RepositoryNotFound } from '#domains/changes'
import { type Context, type LedgerTables, transact } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import { EvidenceErased, EvidenceNotFound, EvidenceSpeaksOfOther } from './errors.ts'
import { evidenceAttached, type Subject } from './events.ts'
import type { ParsedReport } from './model.ts'
import type { ParsedEvidence, ReadOptions } from './parsed.ts'
import * as store from './store.ts'
import { summaryOf } from './summary.ts'
import { type TrustTables, trustRoots } from './trust/service.ts'
import { type EvidenceReader, readEvidence } from './worker/reader.ts'

export type Tables = store.EvidenceTables & TrustTables & ChangesTables & LedgerTables

const pack = promisify(gzip)
const unpack = promisify(gunzip)

export interface AddEvidence extends ReadOptions {
  readonly bytes: Uint8Array
  readonly subject: Subject
  /** What has to follow exactly when this is attached, in the same transaction. */
  readonly andThen?: ((tx: Write<Tables>) => Promise<void>) | undefined
  /** Reads the report; a thread made for this one unless given. */
  readonly read?: EvidenceReader['read']
}

export interface Evidence {
  readonly id: string
  /** `sha256:…` of the stored bytes. */
  readonly sha256: string
  readonly format: string
  /** null where it is about an artifact. */
  readonly commit: string | null
  readonly addedAt: string
  readonly recordId: string
  readonly parsed: ParsedReport
}

/**
 * Reads a report, a signed statement against the trust roots that are kept, and attaches it to its subject, with a record of it. The same bytes for the same subject are the same
 * evidence: adding them again changes nothing and answers what is there.
 *
 * @throws repository_not_found, evidence_speaks_of_other, and what reading throws
 */
export async function addEvidence(
  db: Db<Tables>,
  ctx: Context,
  { bytes, subject, read = readEvidence, andThen, ...options }: AddEvidence,
): Promise<{ readonly evidence: Evidence; readonly isNew: boolean }> {
  await refuseUnknown(db, subject)
  const parsed = await read(bytes, { trust: { roots: await trustRoots(db), otherwise: 'unverified' }, ...options })
  refuseOther(subject, parsed)
  const { stored, ...report } = parsed
  const sha256 = digestOf(stored)
  const id = idOf(subject, sha256, report)
  const known = await store.findParsed(db, id)
  if (known !== undefined) return { evidence: await opened(ctx, known), isNew: false }
  const summary = summaryOf(report)
  const [content, facts] = await Promise.all([pack(stored), pack(JSON.stringify(report))])
  const undo = new Error('the same evidence was added meanwhile')
  const recordId = await transact(db, ctx, async (tx, record) => {
    const recorded = record(evidenceAttached(subject, { evidenceId: id, sha256, bytes: stored.length }, parsed))
    const sealedContent = await ctx.sealer.beside.seal(tx, ctx, content, `evidence|${id}|content`)
    const sealedFacts = await ctx.sealer.beside.seal(tx, ctx, facts, `evidence|${id}|parsed`)
    const isAdded = await store.insertEvidence(tx, {
      id,
      subject,
      sha256,
      bytes: stored.length,
      format: report.format,
      tool: report.tool?.name ?? null,
      summary,
      addedAtMs: ctx.clock(),
      keyId: sealedContent.keyId,
      content: sealedContent.sealed,
      parsed: sealedFacts.sealed,
      recordId: recorded,
    })
    if (!isAdded) throw undo
    await andThen?.(tx)
    return recorded
  }).catch((error) => {
    if (error !== undo) throw error
    return undefined
  })
  if (recordId === undefined) return { evidence: await getEvidence(db, ctx, id), isNew: false }
  const commit = 'commit' in subject ? subject.commit : null
  const addedAt = timestamp(ctx.clock())
  return { evidence: { id, sha256, format: report.format, commit, addedAt, recordId, parsed: report }, isNew: true }
}

/** @throws evidence_not_found, evidence_erased */
export async function getEvidence(db: Db<Tables>, ctx: Context, id: string): Promise<Evidence> {
  const row = await store.findParsed(db, id)
  if (row === undefined) throw EvidenceNotFound({ evidenceId: id })
  return opened(ctx, row)
}

/**
 * The stored bytes of a report.
 *
 * @throws evidence_not_found, evidence_erased
 */
export async function getContent(db: Db<Tables>, ctx: Context, id: string): Promise<Uint8Array> {
  const row = await store.findContent(db, id)
  if (row === undefined) throw EvidenceNotFound({ evidenceId: id })
  const part = { keyId: row.key_id, sealed: row.content, boundTo: `evidence|${id}|content` }
  const [content] = await ctx.sealer.beside.open([part])
  if (content === undefined) throw EvidenceErased({ evidenceId: id })
  const bytes = await unpack(content)
  if (digestOf(bytes) !== row.sha256) throw new Error('stored evidence is not what its record says')
  return bytes
}

export interface EvidenceFiles {
  /** Records of the attaching. */
  readonly records: readonly string[]
  readonly contents: readonly { readonly sha256: string; read(): Promise<Uint8Array> }[]
}

/**
 * The stored reports about commits of a repository, of these only where they are given, each read when it is asked for. What
 * was erased has its record and no content.
 */
export async function contentsOf(
  db: Db<Tables>,
  ctx: Context,
  { repositoryId, commits }: { readonly repositoryId: string; readonly commits?: readonly string[] },
): Promise<EvidenceFiles> {
  const rows = await store.contentsOfRepository(db, repositoryId, commits)
  const living = await ctx.sealer.beside.living(rows.map((row) => row.key_id))
  const byDigest = new Map(rows.filter((row) => living.has(row.key_id)).map((row) => [row.sha256, row.id]))
  return {
    records: rows.map((row) => row.record_id),
    contents: [...byDigest].map(([digest, id]) => ({
      sha256: digest.replace('sha256:', ''),
      read: () => getContent(db, ctx, id),
    })),
  }
}

/**
 * Everything that was attached to these commits and was not erased, oldest first: of several reports of one format and tool
 * the newest comes last.
 */
export async function evidenceOf(
  db: Db<Tables>,
  ctx: Context,
  { repositoryId, commits }: { readonly repositoryId: string; readonly commits: readonly string[] },
): Promise<Evidence[]> {
  const rows = await store.parsedOfCommits(db, repositoryId, commits)
  const parts = rows.map((row) => ({ keyId: row.key_id, sealed: row.parsed, boundTo: `evidence|${row.id}|parsed` }))
  const facts = await ctx.sealer.beside.open(parts)
  const found: Evidence[] = []
  for (const [i, row] of rows.entries()) {
    const packed = facts[i]
    if (packed !== undefined) found.push(described(row, await reportIn(packed)))
  }
  return found
}

type ParsedRow = NonNullable<Awaited<ReturnType<typeof store.findParsed>>>

async function opened(ctx: Context, row: ParsedRow): Promise<Evidence> {
  const part = { keyId: row.key_id, sealed: row.parsed, boundTo: `evidence|${row.id}|parsed` }
  const [packed] = await ctx.sealer.beside.open([part])
  if (packed === undefined) throw EvidenceErased({ evidenceId: row.id })
  return described(row, await reportIn(packed))
}

function described(row: ParsedRow, parsed: ParsedReport): Evidence {
  return {
    id: row.id,
    sha256: row.sha256,
    format: row.format,
    commit: row.commit_oid,
    addedAt: timestamp(row.added_at.getTime()),
    recordId: row.record_id,
    parsed,
  }
}

/** Written by us and authenticated by its encryption. */
async function reportIn(packed: Uint8Array): Promise<ParsedReport> {
  return JSON.parse((await unpack(packed)).toString('utf8')) as ParsedReport
}

async function refuseUnknown(db: Db<Tables>, subject: Subject): Promise<void> {
  if ('artifact' in subject) return
  const { repositoryId } = subject
  if ((await findRepository(db, repositoryId)) === undefined) throw RepositoryNotFound({ repositoryId })
}

/** What a report says of itself counts before what its sender says of it; one that says nothing is about what it is sent for. */
export function refuseOther(subject: Subject, { speaksOf }: Pick<ParsedEvidence, 'speaksOf'>): void {
  const [stated, wanted] =
    'artifact' in subject ? [speaksOf.artifacts, subject.artifact] : [speaksOf.commits, subject.commit]
  if (stated.length > 0 && !stated.includes(wanted)) throw EvidenceSpeaksOfOther({ subject: wanted, stated })
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** A statement that is verified now is other evidence than the same bytes before anybody had verified them. */
function idOf(subject: Subject, sha256: string, { statement }: ParsedReport): string {
  const about =
    'artifact' in subject ? ['artifact', subject.artifact] : ['commit', subject.repositoryId, subject.commit]
  const verified = statement?.verified === 'verified' ? [statement.signer ?? ''] : []
  const digest = createHash('sha256').update(JSON.stringify([...about, sha256, ...verified]))
  return `evd_${digest.digest('base64url').slice(0, 24)}`
}
