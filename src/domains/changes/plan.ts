import type { CommitMaterial } from './attribution/attribute.ts'
import { classify, detect, type Statement } from './attribution/detect.ts'
import type { Evidence } from './attribution/evidence.ts'
import type { HistoryLimits } from './limits.ts'
import { type Message, readMessage } from './message.ts'
import { pullRequestOf } from './parties.ts'
import { type Commit, messageBytesMax, parseCommit } from './repository/commit.ts'
import type { BroughtCommit, Step } from './repository/graph.ts'
import type { ObjectReader } from './repository/objects.ts'

/** A commit with everything that is known of it before its diff is read. */
export interface PlannedCommit extends BroughtCommit {
  readonly commit: Commit
  readonly message: Message
  readonly material: CommitMaterial
}

/** One change to be: which commits make it, oldest first, the head last. */
export interface Plan {
  readonly kind: 'commit' | 'merge' | 'rebased'
  readonly commits: readonly PlannedCommit[]
  readonly base: string | undefined
  /** The parent exists but was not fetched: what the change adds cannot be known. */
  readonly isShallowEnd: boolean
  readonly limitsHit: readonly string[]
}

interface Sources {
  readonly objects: ObjectReader
  readonly evidence: Evidence
  readonly limits: HistoryLimits
}

/** Commits that are read ahead together. */
const blockCommits = 64

export async function* makePlans(steps: readonly Step[], sources: Sources): AsyncGenerator<Plan> {
  let open: Plan | undefined
  for (const block of blocksOf(steps, sources.limits)) {
    const plans = await Promise.all(block.map((step) => planStep(step, sources)))
    for (const plan of plans) {
      const joined = open === undefined ? undefined : join(open, plan, sources.limits)
      if (open !== undefined && joined === undefined) yield open
      open = joined ?? plan
    }
  }
  if (open !== undefined) yield open
}

function* blocksOf(steps: readonly Step[], limits: HistoryLimits): Generator<Step[]> {
  let block: Step[] = []
  let commits = 0
  for (const step of steps) {
    block.push(step)
    commits += 1 + Math.min(step.brought.length, limits.commitsPerChange)
    if (commits < blockCommits) continue
    yield block
    block = []
    commits = 0
  }
  yield block
}

/**
 * The plan of what merging a range of commits, oldest first, into a branch would be.
 *
 * @param base where they left it; undefined when that is nowhere, or in a shallow clone not there
 */
export async function planRange(
  commits: readonly BroughtCommit[],
  base: string | undefined,
  { objects, evidence, limits, isShallow }: Sources & { readonly isShallow: boolean },
): Promise<Plan> {
  const kept = commits.slice(-limits.commitsPerChange)
  const planned = await Promise.all(kept.map((each) => planCommit(each, objects, evidence)))
  return {
    kind: 'merge',
    commits: planned,
    base,
    isShallowEnd: base === undefined && isShallow,
    limitsHit: limitsOf(planned, kept.length < commits.length),
  }
}

async function planStep(step: Step, { objects, evidence, limits }: Sources): Promise<Plan> {
  const brought = step.brought.slice(-limits.commitsPerChange)
  const commits = await Promise.all([...brought, step].map((each) => planCommit(each, objects, evidence)))
  const head = commits.at(-1)
  const hinted = head === undefined || commits.length === 1 ? [] : ofWholeRequest(head)
  return {
    kind: step.parents > 1 ? 'merge' : 'commit',
    commits: hinted.length === 0 ? commits : commits.map((each) => withStatements(each, hinted)),
    base: step.parent,
    isShallowEnd: step.parent === undefined && (head?.commit.parents.length ?? 0) > 0,
    limitsHit: limitsOf(commits, brought.length < step.brought.length),
  }
}

function limitsOf(commits: readonly PlannedCommit[], isCut: boolean): string[] {
  return [
    ...(isCut ? ['commits_per_change'] : []),
    ...(commits.some(({ commit }) => commit.messageCut) ? ['message_bytes'] : []),
    ...(commits.some(({ commit }) => commit.author.atClamped || commit.committer.atClamped) ? ['dates'] : []),
  ]
}

async function planCommit(step: BroughtCommit, objects: ObjectReader, evidence: Evidence): Promise<PlannedCommit> {
  const [found, records] = await Promise.all([
    objects.read(step.oid, messageBytesMax * 4),
    evidence.recordsOf(step.oid),
  ])
  const commit = parseCommit(step.oid, found?.content ?? Buffer.alloc(0))
  const message = readMessage(commit.message)
  const statements = await evidence.refine(detect(commit, message), message)
  const material = {
    oid: step.oid,
    isMerge: step.parents > 1,
    isAutomation: classify(commit.author).kind === 'automation',
    statements,
    records,
    files: [],
  }
  return { oid: step.oid, parent: step.parent, parents: step.parents, commit, message, material }
}

/** What the merge of a whole request says about its commits is a hint: it does not say which of them. */
function ofWholeRequest(head: PlannedCommit): Statement[] {
  return head.material.statements
    .filter((each) => each.source !== 'author-identity' && each.source !== 'committer-identity')
    .map((each) => ({ ...each, grade: 'hinted' }))
}

function withStatements(planned: PlannedCommit, hinted: readonly Statement[]): PlannedCommit {
  const own = planned.material.statements
  const further = hinted.filter((each) => !own.some((said) => said.tool === each.tool))
  if (further.length === 0) return planned
  return { ...planned, material: { ...planned.material, statements: [...own, ...further] } }
}

/** Consecutive commits that name one pull request were rebased onto the branch together and are one change. */
function join(open: Plan, next: Plan, limits: HistoryLimits): Plan | undefined {
  if (open.kind === 'merge' || next.kind === 'merge' || open.isShallowEnd) return undefined
  if (open.commits.length >= limits.rebasedCommits) return undefined
  const [before, after] = [requestOf(open), requestOf(next)]
  if (before === undefined || before !== after) return undefined
  return {
    kind: 'rebased',
    commits: [...open.commits, ...next.commits],
    base: open.base,
    isShallowEnd: false,
    limitsHit: [...new Set([...open.limitsHit, ...next.limitsHit])],
  }
}

function requestOf(plan: Plan): string | undefined {
  const message = plan.commits.at(-1)?.message
  const request = message === undefined ? undefined : pullRequestOf(message)
  return request === undefined ? undefined : `${request.system}/${request.project ?? ''}#${request.number}`
}
