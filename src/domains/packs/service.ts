import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ChangesTables, changesFrom, findRepository, type Period, RepositoryNotFound } from '#domains/changes'
import { type ChangeFigures, type Governed, headlineOf, type Report, reportPage } from '#domains/reports'
import { type AuditEvent, type Context, type Ledger, type LedgerTables, openCheckpoint, transact } from '#kernel/ledger'
import { canonicalBytes, type Json } from '#platform/canonical-json.ts'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { ahead } from '#platform/overlapped.ts'
import { packageRoot } from '#platform/package-root.ts'
import { buildPack, type EvidenceFile } from './build/build-pack.ts'
import { PackMade } from './events.ts'
import { figuresOf } from './figures.ts'
import { replaceFile, writePackFile } from './pack-file.ts'
import { packKeys } from './pack-keys.ts'
import { reportOn } from './report-on.ts'
import { type PacksTables, savePack } from './store.ts'
import { fingerprintOf } from './verify/keys.ts'

type Tables = PacksTables & ChangesTables & LedgerTables

export interface PackMaker {
  readonly db: Db<Tables>
  readonly ledger: Ledger
  /** Where the pack key lies, with the other keys. */
  readonly keysFolder: string
  readonly version: string
  /** What is known beyond attribution; nothing where no such domain is there. */
  readonly governance?: Governance | undefined
}

/** What other domains add to reports and packs. */
export interface Governance {
  /** By change; one that nothing is known of is left out. */
  of(changeIds: readonly string[]): Promise<ReadonlyMap<string, Governed>>
  ruleTitles(): Readonly<Record<string, string>>
  /** What decisions and reports rest on, each under its digest. */
  attachments(repositoryId: string): Promise<readonly EvidenceFile[]>
  /** What belongs to these changes of a repository. */
  about(
    repositoryId: string,
    changes: readonly { readonly id: string; readonly commits: readonly string[] }[],
  ): Promise<Belongings>
}

export interface Belongings {
  /** Ids of records: assessments, decisions, the policy sets that these name, evidence about the commits. */
  readonly records: readonly string[]
  /** What the decisions rest on, and the evidence, each under its digest. */
  readonly attachments: readonly EvidenceFile[]
}

export interface MakeOptions {
  readonly repositoryId: string
  /** Gets `report.html`, `report.json`, `evidence-pack.zip` and `keys.json`; made when absent. */
  readonly folder: string
  readonly people: 'omit' | 'include'
  readonly period: Report['period']
}

export interface MadePack {
  readonly report: Report
  readonly headline: string
  readonly sha256: string
  readonly bytes: number
  readonly fingerprint: string
}

/** How long the log may take to publish what is durable before making a pack gives up. */
const publishTimeoutMs = 60_000

/**
 * Writes the report and the evidence pack of a repository, over everything that is durable at the call, and records it.
 * Each file is replaced whole or not at all.
 *
 * @throws repository_not_found
 */
export async function makePack(maker: PackMaker, ctx: Context, options: MakeOptions): Promise<MadePack> {
  const { db, ledger } = maker
  const repository = await findRepository(db, options.repositoryId)
  if (repository === undefined) throw RepositoryNotFound({ repositoryId: options.repositoryId })
  const { note, checkpoint } = await publishedCheckpoint(ledger)
  const prepared = { preparedAt: timestamp(ctx.clock()), preparedBy: `Countersign ${maker.version}` }
  const { keys, signer } = await packKeys(maker)
  const changes: ChangeFigures[] = []
  const whole = { from: null, to: null }
  for await (const page of ahead(readFigures(maker, options.repositoryId, whole))) {
    for (const one of page) changes.push(one.figures)
  }
  const { period, people } = options
  const ruleTitles = maker.governance?.ruleTitles()
  const report = reportOn({ repository, period, people, ...prepared, changes, checkpoint, ruleTitles })
  // one text for the folder and the pack: whoever has both sees that they are the same
  const reportBytes = canonicalBytes(report as unknown as { readonly [name: string]: Json })
  await mkdir(options.folder, { recursive: true, mode: 0o700 })
  const evidence = (await maker.governance?.attachments(options.repositoryId)) ?? []
  const page = await pageTemplate()
  const pack = await writePackFile(join(options.folder, 'evidence-pack.zip'), (sink) =>
    buildPack({
      scope: { kind: 'ledger', name: repository.name },
      period,
      ...prepared,
      keys,
      checkpoint: note,
      log: ledger.store,
      records: 'whole',
      report: reportBytes,
      evidence,
      disclosures: [],
      signer,
      page,
      sink,
    }),
  )
  const fingerprint = fingerprintOf(keys)
  await replaceFile(join(options.folder, 'report.json'), reportBytes)
  await replaceFile(join(options.folder, 'report.html'), reportPage(report, { fingerprint, pack: 'evidence-pack.zip' }))
  await replaceFile(join(options.folder, 'keys.json'), `${JSON.stringify(keys)}\n`)
  const headline = headlineOf(report)
  await recordPack(maker, ctx, options.repositoryId, { ...pack, treeSize: checkpoint.size, headline })
  return { report, headline, fingerprint, ...pack }
}

/** The signed checkpoint of everything that was durable at the call. */
export async function publishedCheckpoint(ledger: Ledger) {
  const note = await ledger.waitPublished(publishTimeoutMs)
  return { note, checkpoint: await openCheckpoint(note, [ledger.keys.verifier], ledger.keys.log.name) }
}

/** The page that verifies a pack, before it carries one. */
export function pageTemplate(): Promise<string> {
  return readFile(join(packageRoot(), 'dist', 'pack-page.html'), 'utf8')
}

export interface ReadChange {
  readonly figures: ChangeFigures
  readonly recordId: string
  /** Ids of the commits that it brought, its head among them. */
  readonly commits: readonly string[]
}

const changesAtOnce = 500

/** The changes of a repository that were merged in a period, as the report counts them, in the order of its history. */
export async function* readFigures(
  { db, governance }: Pick<PackMaker, 'db' | 'governance'>,
  repositoryId: string,
  period: Period,
): AsyncGenerator<readonly ReadChange[]> {
  for (let after = -1; ; ) {
    const rows = await changesFrom(db, repositoryId, { ...period, after, limit: changesAtOnce })
    const last = rows.at(-1)
    if (last === undefined) return
    const governed = await governance?.of(rows.map((row) => row.summary.id))
    yield rows.map(({ summary, commits, record_id: recordId }) => ({
      figures: { ...figuresOf(summary), ...governed?.get(summary.id) },
      recordId,
      commits: [...new Set([summary.headOid, ...commits])],
    }))
    after = Number(last.position)
  }
}

async function recordPack(
  { db }: PackMaker,
  ctx: Context,
  repositoryId: string,
  pack: { sha256: string; bytes: number; treeSize: number; headline: string },
): Promise<void> {
  await transact(db, ctx, async (tx, record) => {
    const recordId = record(packMade(repositoryId, pack))
    await savePack(tx, { repositoryId, madeAtMs: ctx.clock(), recordId, ...pack })
  })
}

function packMade(repositoryId: string, pack: { sha256: string; bytes: number; treeSize: number }): AuditEvent {
  const { sha256, bytes, treeSize } = pack
  return PackMade({
    targets: [{ type: 'repository', id: repositoryId }],
    data: { sha256: `sha256:${sha256}`, bytes, treeSize, completeness: 'whole' },
    outputHash: `sha256:${sha256}`,
  })
}
