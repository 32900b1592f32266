import { openEvidence } from './attribution/evidence.ts'
import { RangeEmpty, RangeTooLarge } from './errors.ts'
import { openSession, readChange, readHistoryOf, readTraceFiles, requestsOf } from './history.ts'
import { defaultLimits } from './limits.ts'
import type { Change } from './model.ts'
import { planRange } from './plan.ts'
import type { Diff } from './repository/diff.ts'
import { openDiffs } from './repository/diff-repair.ts'
import type { GitBinary, GitPlace } from './repository/git.ts'
import { commitsOf, readGraph } from './repository/graph.ts'
import { openObjects, openSizes } from './repository/objects.ts'
import { mergeBase, type OpenRepository, open, parentOf, resolveCommit } from './repository/open.ts'

interface Options {
  readonly path: string
  /** Replaces `RepositoryInfo.identity` in the id of the change. */
  readonly repository?: string | undefined
  readonly git?: GitBinary | undefined
  readonly signal?: AbortSignal | undefined
}

export interface RangeOptions extends Options {
  /** A branch, tag or commit: what would be merged to. */
  readonly base: string
  /** A branch, tag or commit: what would be merged. */
  readonly head: string
}

/**
 * The change that merging `head` into `base` would be: every commit that it brings, and what it changes since it left
 * the branch. `baseOid` is `base`, and of the kind `merge`, although the commit of the merge is not there yet. What the
 * range itself says in `.gitattributes` and `.mailmap` does not count.
 *
 * @throws RepositoryUnreadable, BranchMissing, RangeEmpty, GitMissing, GitTooOld
 */
export async function readRange(options: RangeOptions): Promise<Change> {
  return within(options, async (repository) => {
    const { base, head, fork } = await resolveRange(repository, options)
    const range = { head, after: base, maxCommits: defaultLimits.commitsPerChange }
    const commits = commitsOf(await readGraph(repository.place, range, options.signal))
    if (commits.length === 0) throw RangeEmpty({ base: options.base.slice(0, 200), head: options.head.slice(0, 200) })
    const session = await openSession(repository, head, defaultLimits, { ...options, after: base }, base)
    try {
      const plan = await planRange(commits, fork, { ...session, isShallow: repository.info.shallow })
      session.diffs.ask(requestsOf(plan))
      return { ...(await readChange(plan, session)), baseOid: base }
    } finally {
      session.close()
    }
  })
}

/**
 * The change that one commit of a history is: what it changes against its first parent, with the commits that it brings
 * when it is a merge.
 *
 * @throws RepositoryUnreadable, BranchMissing, GitMissing, GitTooOld
 */
export async function readCommitChange(options: Options & { readonly commit: string }): Promise<Change> {
  return within(options, async (repository) => {
    const branch = await resolveCommit(repository.place, options.commit, options.signal)
    const after = await parentOf(repository.place, branch, options.signal)
    const { repository: identity, signal } = options
    for await (const change of readHistoryOf(repository, { branch, after, repository: identity, signal })) return change
    throw new Error('a commit has no change')
  })
}

/**
 * Numbers, in the files of `head`, of the lines that the range adds and that hold more than white space, by path; without
 * a base all lines are added.
 *
 * @throws RepositoryUnreadable, BranchMissing, RangeTooLarge, GitMissing, GitTooOld
 */
export async function changedLines(
  options: Options & { readonly base: string | null; readonly head: string },
): Promise<Map<string, number[]>> {
  return within(options, async (repository) => {
    const { base, signal } = options
    const { head, fork } =
      base === null
        ? { head: await resolveCommit(repository.place, options.head, signal), fork: undefined }
        : await resolveRange(repository, { ...options, base })
    const lines = linesOf(repository.place, options.signal)
    try {
      return await lines.of({ base: fork ?? null, head })
    } finally {
      lines.close()
    }
  })
}

/** Added lines of many changes of one repository, read by git processes that are kept. Questions may overlap. */
export interface ChangedLines {
  /**
   * As `changedLines`, for commits by their whole ids of which `base` came before `head`.
   *
   * @throws RepositoryUnreadable, RangeTooLarge, GitMissing, GitTooOld
   */
  of(change: { readonly base: string | null; readonly head: string }): Promise<Map<string, number[]>>
  close(): Promise<void>
}

/** Git starts with the first question; the caller closes it. */
export function openChangedLines(options: Options): ChangedLines {
  const start = async () => {
    const { place } = await open(options)
    return { place, lines: linesOf(place, options.signal) }
  }
  let started: ReturnType<typeof start> | undefined
  return {
    of: async (change) => {
      started ??= start()
      return (await started).lines.of(change)
    },
    close: async () => {
      const opened = await started?.catch(() => undefined)
      opened?.lines.close()
      await opened?.place.close()
    },
  }
}

function linesOf(place: GitPlace, signal: AbortSignal | undefined): Pick<ChangedLines, 'of'> & { close(): void } {
  const sizes = openSizes(place, signal)
  const diffs = openDiffs(place, sizes, { limits: defaultLimits, signal })
  // answers come in the order of the questions, one at a time
  let last: Promise<unknown> = Promise.resolve()
  return {
    of: async ({ base, head }) => {
      diffs.ask([{ oid: head, base: base ?? undefined, detail: 'lines' }])
      const answer = last.then(() => diffs.next())
      last = answer.catch(() => undefined)
      return numbersOf(await answer)
    },
    close: () => {
      diffs.close()
      sizes.close()
    },
  }
}

function numbersOf({ files, limitsHit }: Diff): Map<string, number[]> {
  const isCut = limitsHit.includes('files') || limitsHit.includes('mapped_lines')
  if (isCut) throw RangeTooLarge({ lines: defaultLimits.mappedLines })
  const found = files.map(({ path, lines }) => [path, lines?.numbers ?? []] as const)
  return new Map(found.filter(([, numbers]) => numbers.length > 0).map(([path, numbers]) => [path, [...numbers]]))
}

/**
 * Whether the repository keeps AI records (git-ai notes, Agent Trace), so that a change without one lacks something.
 *
 * @throws RepositoryUnreadable, BranchMissing, GitMissing, GitTooOld
 */
export async function keepsRecords(options: Options & { readonly head: string }): Promise<boolean> {
  return within(options, async (repository) => {
    const head = await resolveCommit(repository.place, options.head, options.signal)
    const objects = openObjects(repository.place, options.signal)
    try {
      const traceFiles = await readTraceFiles(repository, objects, head, options.signal)
      return (await openEvidence(repository, objects, { traceFiles, signal: options.signal })).keepsRecords
    } finally {
      objects.close()
    }
  })
}

/**
 * The commit that a review of the change would have seen last: what a merge brought last, which is the head of its pull
 * request; otherwise the head. Of a range that is not merged yet it is the head of the range.
 */
export function tipOf({ kind, commits, headOid }: Pick<Change, 'kind' | 'commits' | 'headOid'>): string {
  return (kind === 'merge' && commits.at(-1)?.isMerge === true ? commits.at(-2)?.oid : undefined) ?? headOid
}

async function within<R>(options: Options, work: (repository: OpenRepository) => Promise<R>): Promise<R> {
  const repository = await open(options)
  try {
    return await work(repository)
  } finally {
    await repository.place.close()
  }
}

/** `fork` is undefined where the two have no commit in common: then all of `head` is new. */
async function resolveRange({ place }: OpenRepository, { base, head, signal }: RangeOptions) {
  const [baseOid, headOid] = await Promise.all([resolveCommit(place, base, signal), resolveCommit(place, head, signal)])
  return { base: baseOid, head: headOid, fork: await mergeBase(place, baseOid, headOid, signal) }
}
