import { assemble, type ClassedFile, createIdentify, type Identify } from './assemble.ts'
import { needsLines, type OnLine } from './attribution/attribute.ts'
import { type Evidence, openEvidence } from './attribution/evidence.ts'
import { type AttributeClasses, readAttributes } from './content/attributes.ts'
import { classifyFile } from './content/classify-file.ts'
import { decisionsIn } from './content/decisions.ts'
import { readMailmap } from './content/mailmap.ts'
import { HistoryRewritten } from './errors.ts'
import { defaultLimits, type HistoryLimits } from './limits.ts'
import type { Change } from './model.ts'
import { makePlans, type Plan } from './plan.ts'
import { type Diff, type DiffReader, type DiffRequest, renameLimit } from './repository/diff.ts'
import type { FileDiff } from './repository/diff-parser.ts'
import { openDiffs } from './repository/diff-repair.ts'
import type { GitBinary } from './repository/git.ts'
import { readGraph, type Step, steps } from './repository/graph.ts'
import { type ObjectReader, openObjects, openSizes, type SizeReader } from './repository/objects.ts'
import { identityOf, type OpenRepository, open, resolveCommit } from './repository/open.ts'
import { fileBytesMax } from './repository/scratch.ts'
import { readTree, type TreeEntry } from './repository/tree.ts'

export interface HistoryOptions {
  readonly path: string
  /** A branch, tag or commit; what HEAD names when absent. */
  readonly branch?: string | undefined
  /** Only changes merged at or after this time (milliseconds since 1970), and before that one. */
  readonly since?: number | undefined
  readonly until?: number | undefined
  /** The newest commit of the first-parent chain that was read before; only what came after it is read. */
  readonly after?: string | undefined
  /** Replaces `RepositoryInfo.identity` in the ids of changes. */
  readonly repository?: string | undefined
  readonly limits?: Partial<HistoryLimits> | undefined
  /** The commit whose attribute files and records say how to read the rest; where reading ends unless said. */
  readonly readAt?: string | undefined
  readonly onLine?: OnLine | undefined
  readonly git?: GitBinary | undefined
  readonly signal?: AbortSignal | undefined
}

/** What does not depend on where the repository lies. */
export type ReadOptions = Omit<HistoryOptions, 'path' | 'git'>

/**
 * The changes of a branch, oldest first: one for each step of its first-parent chain, with attribution.
 *
 * Nothing of the repository is executed and nothing is written to it. Reading is a stream: a slow consumer makes git
 * wait, and leaving the loop or aborting ends every process.
 *
 * @throws RepositoryUnreadable, BranchMissing, HistoryRewritten, GitMissing, GitTooOld
 */
export async function* readHistory(options: HistoryOptions): AsyncGenerator<Change> {
  const repository = await open(options)
  try {
    yield* readHistoryOf(repository, options)
  } finally {
    await repository.place.close()
  }
}

/** The same for a repository that is open; it stays so. */
export async function* readHistoryOf(repository: OpenRepository, options: ReadOptions): AsyncGenerator<Change> {
  const { place, info } = repository
  const limits = { ...defaultLimits, ...options.limits }
  const head = options.branch === undefined ? info.headOid : await resolveCommit(place, options.branch, options.signal)
  if (head === undefined || head === options.after) return
  const chain = await readSteps(repository, head, limits, options)
  const session = await openSession(repository, options.readAt ?? head, limits, options)
  try {
    yield* readChanges(chain, session, options)
  } finally {
    session.close()
  }
}

/** What is open while changes are read. */
export interface Session {
  readonly objects: ObjectReader
  readonly sizes: SizeReader
  readonly diffs: DiffReader
  readonly evidence: Evidence
  readonly attributes: AttributeClasses
  readonly identify: Identify
  readonly limits: HistoryLimits
  readonly repository: string
  readonly onLine: OnLine | undefined
  /** Whether a commit with usable records came by: from then on, one without them says something. */
  readonly records: { seen: boolean }
  close(): void
}

/** Diffs that are asked for together; the next batch is asked before the last one is read, so that git never waits. */
const batchDiffs = 128
const committedFileBytesMax = 1_048_576

async function readSteps(
  { place }: OpenRepository,
  head: string,
  limits: HistoryLimits,
  { after, signal }: ReadOptions,
): Promise<Step[]> {
  const base = after === undefined ? undefined : await resolveCommit(place, after, signal)
  const graph = await readGraph(place, { head, after: base, maxCommits: limits.commits }, signal)
  const chain = steps(graph)
  if (base !== undefined && chain[0]?.parent !== base) throw HistoryRewritten({ after: base })
  return chain
}

/**
 * @param trusted the commit whose `.gitattributes` and `.mailmap` say how to read the rest; `head` unless the changes up
 * to there are not merged yet, which then cannot say what of themselves counts
 */
export async function openSession(
  repository: OpenRepository,
  head: string,
  limits: HistoryLimits,
  options: ReadOptions,
  trusted: string = head,
): Promise<Session> {
  const { signal } = options
  const objects = openObjects(repository.place, signal)
  const sizes = openSizes(repository.place, signal)
  const diffs = openDiffs(repository.place, sizes, { limits, decisionsIn, signal })
  const close = () => {
    for (const each of [objects, sizes, diffs]) each.close()
  }
  try {
    const { traceFiles, ...own } = await readCommitted(repository, objects, head, signal)
    const committed = trusted === head ? own : await readCommitted(repository, objects, trusted, signal)
    const evidence = await openEvidence(repository, objects, { traceFiles, signal })
    const identity = options.repository ?? (await identityOf(repository, signal))
    const records = { seen: options.after !== undefined && evidence.keepsRecords }
    const { attributes, identify } = committed
    const { onLine } = options
    return {
      ...{ objects, sizes, diffs, evidence, attributes, identify, limits },
      ...{ repository: identity, onLine, records, close },
    }
  } catch (error) {
    close()
    throw error
  }
}

/** The few committed files that say how to read the rest, as they are at `head`. */
async function readCommitted(
  { place }: OpenRepository,
  objects: ObjectReader,
  head: string,
  signal: AbortSignal | undefined,
): Promise<{ attributes: AttributeClasses; identify: Identify; traceFiles: TreeEntry[] }> {
  const attributeFiles: TreeEntry[] = []
  const traceFiles: TreeEntry[] = []
  let mailmap: TreeEntry | undefined
  for await (const entry of readTree(place, head, signal)) {
    if (/(^|\/)\.gitattributes$/.test(entry.path) && attributeFiles.length < 1000) attributeFiles.push(entry)
    else if (/^\.agent-trace\/.+\.jsonl?$/.test(entry.path) && traceFiles.length < 10_000) traceFiles.push(entry)
    else if (entry.path === '.mailmap') mailmap = entry
  }
  const textOf = async (entry: TreeEntry | undefined) => {
    if (entry === undefined || entry.bytes > committedFileBytesMax) return ''
    return (await objects.read(entry.oid, committedFileBytesMax))?.content.toString('utf8') ?? ''
  }
  const texts = await Promise.all(
    attributeFiles.map(async (entry) => ({ path: entry.path, text: await textOf(entry) })),
  )
  const identify = createIdentify(readMailmap(await textOf(mailmap)))
  return { attributes: readAttributes(texts), identify, traceFiles }
}

/** The files in which Agent Trace keeps its records. */
export async function readTraceFiles(
  repository: OpenRepository,
  objects: ObjectReader,
  head: string,
  signal: AbortSignal | undefined,
): Promise<TreeEntry[]> {
  return (await readCommitted(repository, objects, head, signal)).traceFiles
}

async function* readChanges(chain: readonly Step[], session: Session, options: ReadOptions): AsyncGenerator<Change> {
  let asked: Plan[] = []
  let next: Plan[] = []
  let waiting = 0
  for await (const plan of makePlans(chain, session)) {
    if (!isWithin(plan, options)) continue
    next.push(plan)
    waiting += requestsOf(plan).length
    if (waiting < batchDiffs) continue
    session.diffs.ask(next.flatMap(requestsOf))
    yield* readBatch(asked, session)
    asked = next
    next = []
    waiting = 0
  }
  session.diffs.ask(next.flatMap(requestsOf))
  yield* readBatch(asked, session)
  yield* readBatch(next, session)
}

function isWithin(plan: Plan, { since, until }: ReadOptions): boolean {
  const mergedAt = Date.parse(plan.commits.at(-1)?.commit.committer.at ?? '')
  return mergedAt >= (since ?? Number.NEGATIVE_INFINITY) && mergedAt < (until ?? Number.POSITIVE_INFINITY)
}

/** The diff of the change, then, where lines have to be told apart, that of each of its commits but merges. */
export function requestsOf(plan: Plan): DiffRequest[] {
  const head = plan.commits.at(-1)
  if (head === undefined || plan.isShallowEnd) return []
  const lines = needsLines({ commits: plan.commits.map((each) => each.material) })
  const whole: DiffRequest = { oid: head.oid, base: plan.base, detail: lines ? 'lines' : 'counts' }
  if (!lines || plan.commits.length === 1) return [whole]
  const parts = plan.commits.filter(hasOwnDiff)
  return [whole, ...parts.map(({ oid, parent }): DiffRequest => ({ oid, base: parent, detail: 'lines' }))]
}

function hasOwnDiff(commit: Plan['commits'][number]): boolean {
  // The first commits of a shallow clone have parents that are not there.
  return commit.parents < 2 && commit.commit.parents.length === commit.parents
}

async function* readBatch(plans: readonly Plan[], session: Session): AsyncGenerator<Change> {
  for (const plan of plans) yield await readChange(plan, session)
}

/** Reads what `requestsOf(plan)` asked the session's diffs for, and makes the change of it. */
export async function readChange(plan: Plan, session: Session): Promise<Change> {
  const [request, ...parts] = requestsOf(plan)
  const limitsHit = new Set(plan.isShallowEnd ? ['shallow'] : [])
  const whole = request === undefined ? undefined : await nextDiff(session, limitsHit)
  const files = whole === undefined ? [] : await classFiles(whole, session)
  const commitFiles = new Map<string, readonly FileDiff[]>()
  for (const part of parts) {
    const diff = await nextDiff(session, limitsHit)
    const counted = diff.files.filter((file) => classifyFile(file, session.attributes) === 'counted')
    commitFiles.set(part.oid, counted)
  }
  for (const limit of limitsOf(files)) limitsHit.add(limit)
  if (plan.commits.some(({ material }) => material.records.lines.length > 0)) session.records.seen = true
  const { repository, identify, evidence, records, onLine } = session
  const context = { repository, identify, recordsSigned: evidence.recordsSigned, keepsRecords: records.seen, onLine }
  return assemble({ plan, files, commitFiles, limitsHit: [...limitsHit] }, context)
}

async function nextDiff({ diffs }: Session, limitsHit: Set<string>): Promise<Diff> {
  const diff = await diffs.next()
  for (const limit of diff.limitsHit) limitsHit.add(limit)
  return diff
}

async function classFiles(diff: Diff, { attributes, sizes }: Session): Promise<ClassedFile[]> {
  return Promise.all(
    diff.files.map(async (file) => {
      const kind = classifyFile(file, attributes)
      const isLarge =
        kind === 'binary' && file.status !== 'D' && ((await sizes.sizeOf(file.newOid)) ?? 0) > fileBytesMax
      return { file, class: isLarge ? ('oversized' as const) : kind }
    }),
  )
}

function limitsOf(files: readonly ClassedFile[]): string[] {
  const added = files.filter(({ file }) => file.status === 'A').length
  const deleted = files.filter(({ file }) => file.status === 'D').length
  return [
    ...(files.some((each) => each.class === 'oversized') ? ['file_bytes'] : []),
    // Git looks for likeness only while the pairs are no more than the limit squared.
    ...(added * deleted > renameLimit * renameLimit ? ['renames'] : []),
  ]
}
