import { type GitPlace, startGit } from './git.ts'

/** One line of a patch. Numbers are those of the old and the new file; text without its line break. */
export interface PatchLine {
  readonly kind: 'context' | 'added' | 'removed'
  readonly old: number | null
  readonly new: number | null
  readonly text: string
}

export interface Hunk {
  /** What git says of its surroundings: the line of the function it is in. */
  readonly about: string
  readonly lines: readonly PatchLine[]
}

export interface Patch {
  readonly hunks: readonly Hunk[]
  readonly isBinary: boolean
  /** Whether a limit cut it. */
  readonly isCut: boolean
}

export interface PatchRequest {
  readonly oid: string
  readonly base: string | null
  /** Of the new and, where it was renamed, of the old file. */
  readonly paths: readonly string[]
}

const patchBytesMax = 2 * 1024 * 1024
const linesMax = 4000
const lineLengthMax = 2000

/** The patch of one file between two commits, as far as a page can show it. @throws RepositoryUnreadable */
export async function readPatch(place: GitPlace, request: PatchRequest, signal?: AbortSignal): Promise<Patch> {
  const ends = request.base === null ? ['--root', request.oid] : [request.base, request.oid]
  const process = startGit(
    place,
    [
      ...['diff-tree', '--no-commit-id', '-r', '--patch', '--unified=3', '--histogram', '-M50%', '--no-color'],
      ...['--no-ext-diff', '--no-textconv', '--submodule=short', '--src-prefix=a/', '--dst-prefix=b/', ...ends, '--'],
      ...request.paths.map((path) => `:(top,literal)${path}`),
    ],
    signal,
  )
  process.child.stdin.end()
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of process.chunks) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > patchBytesMax) break
    }
    if (bytes <= patchBytesMax) await process.finish()
  } finally {
    process.stop()
  }
  const text = new TextDecoder().decode(Buffer.concat(chunks).subarray(0, patchBytesMax))
  return parsePatch(text, bytes > patchBytesMax)
}

/** Content is measured by the heads of hunks, so no content can look like a head. */
export function parsePatch(text: string, isCut: boolean): Patch {
  const rows = text.split('\n')
  if (isCut) rows.pop()
  const hunks: Hunk[] = []
  let shown = 0
  let isBinary = false
  for (let at = 0; at < rows.length; ) {
    const row = rows[at] ?? ''
    at++
    if (row.startsWith('Binary files ')) isBinary = true
    const head = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/.exec(row)
    if (head === null) continue
    if (shown >= linesMax) return { hunks, isBinary, isCut: true }
    const hunk = readHunk(rows, at, head, linesMax - shown)
    hunks.push({ about: (head[5] ?? '').slice(0, 200), lines: hunk.lines })
    shown += hunk.lines.length
    at = hunk.end
    if (hunk.isCut) return { hunks, isBinary, isCut: true }
  }
  return { hunks, isBinary, isCut }
}

function readHunk(rows: readonly string[], start: number, head: RegExpExecArray, room: number) {
  const number = (at: number) => Number(head[at] ?? 1)
  const left = { old: number(2), new: number(4) }
  const place = { old: number(1), new: number(3) }
  const lines: PatchLine[] = []
  let at = start
  while (left.old > 0 || left.new > 0) {
    const row = rows[at]
    if (row === undefined || lines.length >= room) return { lines, end: at, isCut: true }
    at++
    const kind = kinds[row.charAt(0)]
    // any other row is git's "\ No newline at end of file"
    if (kind === undefined) continue
    lines.push({ kind, ...step(place, left, kind), text: row.slice(1, lineLengthMax) })
  }
  return { lines, end: at, isCut: false }
}

interface Both {
  old: number
  new: number
}

/** Goes on by one line in each file that has it, and answers its numbers there. */
function step(place: Both, left: Both, kind: PatchLine['kind']): Pick<PatchLine, 'old' | 'new'> {
  const numbers: { old: number | null; new: number | null } = { old: null, new: null }
  for (const side of ['old', 'new'] as const) {
    if (kind === (side === 'old' ? 'added' : 'removed')) continue
    numbers[side] = place[side]++
    left[side]--
  }
  return numbers
}

const kinds: Readonly<Record<string, PatchLine['kind']>> = { ' ': 'context', '+': 'added', '-': 'removed' }
