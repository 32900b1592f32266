import type { Diff } from './diff.ts'
import { createLinePrinter, type LinePrinter } from './line-print.ts'
import { createLineStart, type LineStart } from './line-start.ts'

/** One file of a diff. Counts are of lines as git shows them; `lines` says which they are. */
export interface FileDiff {
  readonly status: string
  readonly path: string
  readonly previousPath: string | undefined
  readonly oldMode: string
  readonly newMode: string
  readonly oldOid: string
  readonly newOid: string
  /** Its contents are not in the repository; nothing but its name is known. */
  readonly missing: boolean
  binary: boolean
  added: number
  removed: number
  /** How many of the added lines hold only white space. */
  blank: number
  readonly lines: AddedLines | undefined
  /** Decision points of the changed lines, where the options can tell them in this file. */
  decisions: { added: number; removed: number } | undefined
}

/** The added lines that hold more than white space, in order: line number in the new file and fingerprint. */
interface AddedLines {
  readonly numbers: number[]
  readonly prints: number[]
}

export interface DiffLimits {
  /** Files of one diff; further ones are left out. */
  readonly files: number
  /** Added lines of one diff whose number and fingerprint are kept; further ones are only counted. */
  readonly mappedLines: number
}

export interface DiffParserOptions {
  readonly limits: DiffLimits
  /** Asked once for each diff, in order. */
  detail(): 'lines' | 'counts'
  /** Asked for each file that has a patch: how many decision points the start of a line holds. */
  decisionsIn?(path: string): CountDecisions | undefined
}

type CountDecisions = (lineStart: string) => number

/** Most of a line that is looked at for decision points, in bytes: nobody writes longer ones by hand. */
const lineStartBytes = 4096

/**
 * Reads the output of `git diff-tree --stdin --always -z --raw --patch --unified=1`.
 *
 * Memory is bounded by `limits`: a line is never held, however long it is. Names come from the raw records, which are
 * not quoted, and content is measured by the hunk headers, so no content can look like a header.
 */
export async function* parseDiffs(chunks: AsyncIterable<Buffer>, options: DiffParserOptions): AsyncGenerator<Diff> {
  const state: State = {
    options,
    ready: [],
    current: undefined,
    hunk: undefined,
    printer: createLinePrinter(),
    start: createLineStart(lineStartBytes),
  }
  let rest: Buffer | undefined
  for await (const chunk of chunks) {
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk])
    const read = consume(state, bytes)
    rest = read === bytes.length ? undefined : Buffer.from(bytes.subarray(read))
    if (rest !== undefined && rest.length > headBytesMax) throw new Error('a header of git diff-tree has no end')
    yield* state.ready.splice(0)
  }
  // Every diff ends with a line of its own, so a diff that is still open was cut off: git has failed.
}

const headBytesMax = 1_048_576
const newline = 10
const colon = 58
const plus = 43
const minus = 45
const space = 32

interface State {
  readonly options: DiffParserOptions
  readonly ready: Diff[]
  readonly printer: LinePrinter
  readonly start: LineStart
  current: Current | undefined
  hunk: Hunk | undefined
}

interface Current {
  readonly oid: string
  readonly files: FileDiff[]
  readonly limitsHit: Set<string>
  readonly detail: 'lines' | 'counts'
  /** Position of the file whose patch is being read; -1 before the first. */
  at: number
  /** A change of type is shown as two patches: the old file deleted, the new one made. */
  halves: number
  kept: number
  count: CountDecisions | undefined
}

interface Hunk {
  removedLeft: number
  addedLeft: number
  lineNumber: number
  /** First byte of the line being read; 0 between lines. */
  sign: number
}

function consume(state: State, bytes: Buffer): number {
  let at = 0
  while (at < bytes.length) {
    const next = state.hunk === undefined ? readHead(state, bytes, at) : readBody(state, state.hunk, bytes, at)
    if (next === at) return at
    at = next
  }
  return at
}

/** Reads one header token; returns `at` when it is not whole yet. */
function readHead(state: State, bytes: Buffer, at: number): number {
  if (bytes[at] === colon) return readRaw(state, bytes, at)
  if (bytes[at] === 0) return at + 1
  let end = at
  // Within a diff a header is a line and may hold a NUL: that of a hunk repeats a line of the file.
  while (end < bytes.length && bytes[end] !== newline && (bytes[end] !== 0 || state.current !== undefined)) end++
  if (end === bytes.length) return at
  if (bytes[end] === newline) readLine(state, bytes.toString('utf8', at, Math.min(end, at + 200)))
  else begin(state, bytes.toString('latin1', at, end))
  return end + 1
}

function begin(state: State, oid: string): void {
  complete(state)
  const detail = state.options.detail()
  state.current = { oid, files: [], limitsHit: new Set(), detail, at: -1, halves: 0, kept: 0, count: undefined }
}

function complete(state: State): void {
  const { current } = state
  if (current === undefined) return
  state.current = undefined
  if (current.at >= 0 && current.at < current.files.length - 1) {
    throw new Error('git diff-tree showed fewer patches than files')
  }
  state.ready.push({ oid: current.oid, files: current.files, limitsHit: [...current.limitsHit] })
}

// ":100644 100644 <oid> <oid> R087\0old path\0new path\0"
function readRaw(state: State, bytes: Buffer, at: number): number {
  const head = bytes.indexOf(0, at)
  if (head < 0) return at
  const [oldMode = '', newMode = '', oldOid = '', newOid = '', status = ''] = bytes
    .toString('latin1', at + 1, head)
    .split(' ')
  const first = bytes.indexOf(0, head + 1)
  if (first < 0) return at
  const isPair = status.startsWith('R') || status.startsWith('C')
  const last = isPair ? bytes.indexOf(0, first + 1) : first
  if (last < 0) return at
  addFile(state, {
    status: status.slice(0, 1),
    path: bytes.toString('utf8', isPair ? first + 1 : head + 1, last),
    previousPath: isPair ? bytes.toString('utf8', head + 1, first) : undefined,
    oldMode,
    newMode,
    oldOid,
    newOid,
    missing: false,
    binary: false,
    added: 0,
    removed: 0,
    blank: 0,
    lines: state.current?.detail === 'lines' ? { numbers: [], prints: [] } : undefined,
    decisions: undefined,
  })
  return last + 1
}

function addFile({ current, options }: State, file: FileDiff): void {
  if (current === undefined) throw new Error('git diff-tree showed a file before its commit')
  if (current.files.length >= options.limits.files) current.limitsHit.add('files')
  else current.files.push(file)
}

function readLine(state: State, line: string): void {
  if (line.startsWith('diff --git ')) nextFile(state)
  if (line.startsWith('Binary files ')) {
    const file = fileOf(state.current)
    if (file !== undefined) file.binary = true
  }
  if (line.startsWith('@@ ')) state.hunk = readHunk(line)
  else if (line === '=') complete(state)
}

function nextFile({ current, options }: State): void {
  if (current === undefined) throw new Error('git diff-tree showed a patch before its commit')
  if (current.files[current.at]?.status === 'T' && current.halves === 1) current.halves = 2
  else {
    current.at++
    current.halves = 1
  }
  const file = fileOf(current)
  current.count = file === undefined ? undefined : options.decisionsIn?.(file.path)
  if (file !== undefined && current.count !== undefined) file.decisions ??= { added: 0, removed: 0 }
}

function readHunk(line: string): Hunk | undefined {
  const found = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line)
  if (found === null) throw new Error('git diff-tree showed a hunk that is not one')
  const [, removed = '1', start = '0', added = '1'] = found
  const hunk = { removedLeft: Number(removed), addedLeft: Number(added), lineNumber: Number(start), sign: 0 }
  return hunk.removedLeft + hunk.addedLeft === 0 ? undefined : hunk
}

function fileOf(current: Current | undefined): FileDiff | undefined {
  return current?.files[current.at]
}

/** Reads as much of one line as there is; always moves on. */
function readBody(state: State, hunk: Hunk, bytes: Buffer, at: number): number {
  let from = at
  if (hunk.sign === 0) {
    hunk.sign = bytes[at] ?? 0
    from = at + 1
    state.printer.reset()
    state.start.reset()
  }
  const end = hunk.sign === plus ? readAdded(state, bytes, from) : bytes.indexOf(newline, from)
  if (state.current?.count !== undefined && hunk.sign !== space)
    state.start.feed(bytes, from, end < 0 ? bytes.length : end)
  if (end < 0) return bytes.length
  endLine(state, hunk)
  return end + 1
}

function readAdded({ current, printer }: State, bytes: Buffer, from: number): number {
  return current?.detail === 'lines' ? printer.feed(bytes, from) : printer.skim(bytes, from)
}

function endLine(state: State, hunk: Hunk): void {
  const file = fileOf(state.current)
  const { sign } = hunk
  hunk.sign = 0
  // Any other line is git's "\ No newline at end of file".
  if (sign === minus) {
    hunk.removedLeft--
    if (file !== undefined) removeLine(state, file)
  } else if (sign === plus) {
    hunk.addedLeft--
    if (file !== undefined && state.current !== undefined) addLine(state, state.current, file, hunk.lineNumber)
    hunk.lineNumber++
  } else if (sign === space) {
    hunk.removedLeft--
    hunk.addedLeft--
    hunk.lineNumber++
  }
  if (hunk.removedLeft <= 0 && hunk.addedLeft <= 0) state.hunk = undefined
}

function removeLine({ current, start }: State, file: FileDiff): void {
  file.removed++
  if (file.decisions !== undefined) file.decisions.removed += current?.count?.(start.text()) ?? 0
}

function addLine(state: State, current: Current, file: FileDiff, lineNumber: number): void {
  file.added++
  if (file.decisions !== undefined) file.decisions.added += current.count?.(state.start.text()) ?? 0
  if (state.printer.isBlank()) {
    file.blank++
    return
  }
  if (file.lines === undefined) return
  if (current.kept >= state.options.limits.mappedLines) current.limitsHit.add('mapped_lines')
  else {
    current.kept++
    file.lines.numbers.push(lineNumber)
    file.lines.prints.push(state.printer.print())
  }
}
