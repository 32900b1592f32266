import { type DiffLimits, type DiffParserOptions, type FileDiff, parseDiffs } from './diff-parser.ts'
import { type GitPlace, startGit } from './git.ts'

/** What a commit changes against one other commit, or against nothing. */
export interface DiffRequest {
  readonly oid: string
  /** undefined: a root, all of it is new. */
  readonly base: string | undefined
  /** `lines`: number and fingerprint of each added line are kept; `counts`: only how many. */
  readonly detail: 'lines' | 'counts'
}

export interface Diff {
  readonly oid: string
  readonly files: readonly FileDiff[]
  /** Names of the limits that were hit: `files`, `mapped_lines`, `missing_objects`. */
  readonly limitsHit: readonly string[]
}

/** One long-lived `git diff-tree --stdin`. */
export interface DiffReader {
  /** Asks for diffs; they come from `next()` in this order. Each is answered without waiting for another question. */
  ask(requests: readonly DiffRequest[]): void
  /** @throws RepositoryUnreadable when git ends before it has answered */
  next(): Promise<Diff>
  close(): void
}

export interface DiffOptions {
  readonly limits: DiffLimits
  /** `names`: only which files, without likeness and without reading any content. */
  readonly content?: 'patch' | 'names'
  /** Paths to leave out. */
  readonly exclude?: readonly string[]
  readonly decisionsIn?: DiffParserOptions['decisionsIn']
  readonly signal?: AbortSignal | undefined
}

/** Largest number of renames that are searched for by likeness; beyond it only exact ones are found. */
export const renameLimit = 1000

const common = ['diff-tree', '--stdin', '--root', '--always', '-r', '-z', '--raw', '--full-index', '--no-color']
// One line of context: with none git cuts off common ends first and finds other lines than `--numstat` counts.
const patch = [
  ...['--patch', '--unified=1', '--inter-hunk-context=0', '--histogram', '-M50%', `-l${renameLimit}`],
  ...['--no-ext-diff', '--no-textconv', '--submodule=short', '--src-prefix=a/', '--dst-prefix=b/'],
]

export function startDiffs(place: GitPlace, options: DiffOptions): DiffReader {
  const only = options.content === 'names' ? ['--no-renames'] : patch
  const exclude = (options.exclude ?? []).map((path) => `:(top,exclude,literal)${path}`)
  const process = startGit(place, [...common, ...only, '--', ...exclude], options.signal)
  const details: DiffRequest['detail'][] = []
  const diffs = parseDiffs(process.chunks, {
    limits: options.limits,
    detail: () => details.shift() ?? 'counts',
    ...(options.decisionsIn === undefined ? {} : { decisionsIn: options.decisionsIn }),
  })
  return {
    ask(requests) {
      for (const request of requests) details.push(request.detail)
      // Git repeats a line that names no object and empties its buffer: it ends one diff before the next begins.
      const lines = requests.map(({ oid, base }) => `${base === undefined ? oid : `${oid} ${base}`}\n=\n`)
      process.child.stdin.write(lines.join(''))
    },
    async next() {
      const { value, done } = await diffs.next()
      if (done !== true) return value
      await process.finish()
      throw new Error('git diff-tree ended before it was closed')
    },
    close: () => process.stop(),
  }
}
