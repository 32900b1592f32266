import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import {
  attributionMethod,
  type ChangesTables,
  changesFrom,
  findRepository,
  RepositoryNotFound,
} from '#domains/changes'
import { buildReport, type ChangeFigures, type Governed, headlineOf, type Report, reportPage } from '#domains/reports'
import {
  type AuditEvent,
  type Context,
  defineEvent,
  type Ledger,
  type LedgerTables,
  openCheckpoint,
  publicKeys,
  seedToPem,
  signerFromPem,
  spkiOf,
  toBase64,
  transact,
} from '#kernel/ledger'
import { canonicalize, type Json } from '#platform/canonical-json.ts'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { packageRoot } from '#platform/package-root.ts'
import { secretFile } from '#platform/secret-file.ts'
import { buildPack, type EvidenceFile, type PackSigner } from './build/build-pack.ts'
import { figuresOf } from './figures.ts'
import type { Keys } from './pack-format.ts'
import { type PacksTables, savePack } from './store.ts'
import { fingerprintOf } from './verify/keys.ts'

type Tables = PacksTables & ChangesTables & LedgerTables

export const PackMade = defineEvent(
  'pack.made',
  z.object({ sha256: z.string(), bytes: z.int(), treeSize: z.int(), completeness: z.enum(['whole', 'asserted']) }),
  { description: 'an evidence pack was made: its digest, and the size of the log that it proves' },
)

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
  const note = await ledger.waitPublished(publishTimeoutMs)
  const checkpoint = await openCheckpoint(note, [ledger.keys.verifier], ledger.keys.log.name)
  const preparedAt = timestamp(ctx.clock())
  const preparedBy = `Countersign ${maker.version}`
  const { keys, signer } = await packKeys(maker)
  const report = buildReport({
    repository: {
      name: repository.name,
      branch: repository.branch?.replace(/^refs\/heads\//, '') ?? null,
      head: repository.head_oid,
    },
    period: options.period,
    preparedAt,
    preparedBy,
    changes: await readFigures(maker, options.repositoryId),
    ledger: { origin: checkpoint.origin, size: checkpoint.size, root: toBase64(checkpoint.root) },
    people: options.people,
    method: attributionMethod,
    ruleTitles: maker.governance?.ruleTitles(),
    unknowns: unknownsOf(repository.is_shallow),
  })
  // one text for the folder and the pack: whoever has both sees that they are the same
  const reportBytes = Buffer.from(canonicalize(report as unknown as Json))
  await mkdir(options.folder, { recursive: true, mode: 0o700 })
  const evidence = (await maker.governance?.attachments(options.repositoryId)) ?? []
  const page = await readFile(join(packageRoot(), 'dist', 'pack-page.html'), 'utf8')
  const pack = await writePackFile(join(options.folder, 'evidence-pack.zip'), (sink) =>
    buildPack({
      scope: { kind: 'ledger', name: repository.name },
      period: options.period,
      preparedBy,
      preparedAt,
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

async function readFigures({ db, governance }: PackMaker, repositoryId: string): Promise<ChangeFigures[]> {
  const figures: ChangeFigures[] = []
  let position = -1
  for (;;) {
    const rows = await changesFrom(db, repositoryId, position, 500)
    const governed = await governance?.of(rows.map((row) => row.summary.id))
    for (const { summary } of rows) figures.push({ ...figuresOf(summary), ...governed?.get(summary.id) })
    const last = rows.at(-1)
    if (last === undefined) return figures
    position = Number(last.position)
  }
}

/** The public keys of everything a pack is signed with, and the key that signs packs and nothing else. */
export async function packKeys({
  ledger,
  keysFolder,
}: Pick<PackMaker, 'ledger' | 'keysFolder'>): Promise<{ keys: Keys; signer: PackSigner }> {
  const signer = signerFromPem(await secretFile(keysFolder, 'pack.pem', () => seedToPem(randomBytes(32))))
  const { origin, log, records } = publicKeys(ledger.keys)
  const keys: Keys = {
    schema: 'countersign.keys/v1',
    origin,
    log: [...log],
    records: records.map(({ kid, publicKey }) => ({ kid, publicKey })),
    packs: [{ kid: signer.kid, publicKey: toBase64(spkiOf(signer.publicKey)) }],
  }
  return { keys, signer }
}

/** Writes through a temporary file, and answers the digest of what was written. */
async function writePackFile(
  path: string,
  build: (sink: (chunk: Uint8Array) => Promise<void>) => Promise<{ bytes: number }>,
): Promise<{ sha256: string; bytes: number }> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const hash = createHash('sha256')
  const file = await open(draft, 'wx', 0o600)
  try {
    const { bytes } = await build(async (chunk) => {
      hash.update(chunk)
      await file.writeFile(chunk)
    })
    await file.sync()
    await rename(draft, path)
    return { sha256: hash.digest('hex'), bytes }
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, content, { mode: 0o600, flush: true })
  await rename(draft, path)
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

function unknownsOf(isShallow: boolean) {
  if (!isShallow) return []
  const what = 'The history before the first commit of this shallow clone'
  return [{ what, changes: 0, howToKnow: 'Run `git fetch --unshallow` in the clone and import it again.' }]
}
