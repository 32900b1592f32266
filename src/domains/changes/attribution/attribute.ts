import type { Attribution, Grade, GradeCounts } from '../model.ts'
import type { FileDiff } from '../repository/diff-parser.ts'
import { emptyCounts } from './counts.ts'
import type { Statement } from './detect.ts'
import { createLineOwners } from './line-owners.ts'
import { holds, type LineRecord, type Records } from './records.ts'
import { createTally, gradeOfStatements, type Tally } from './tally.ts'

/** What is known of one commit before its lines are looked at. */
export interface CommitMaterial {
  readonly oid: string
  readonly isMerge: boolean
  readonly isAutomation: boolean
  readonly statements: readonly Statement[]
  readonly records: Records
  /** What the commit itself added, when the change has more than one; only its counted files. */
  readonly files: readonly FileDiff[]
}

export { method } from './counts.ts'

export interface ChangeMaterial {
  /** Oldest first; the last one is the change's head. */
  readonly commits: readonly CommitMaterial[]
  /** Counted files of the whole change. */
  readonly files: readonly FileDiff[]
  /** Whether the repository keeps records of AI lines at all, so that a missing one says something. */
  readonly keepsRecords: boolean
  /** Whether the commit that carries the newest records is signed; says how far they can be trusted. */
  readonly recordsSigned: boolean
}

export interface Attributed {
  readonly attribution: Attribution
  /** By position in `ChangeMaterial.commits`. */
  readonly commitGrades: readonly Grade[]
  /** By path; only files whose lines were looked at one by one. */
  readonly fileGrades: ReadonlyMap<string, GradeCounts>
}

/** Told of each counted line of a change that is graded by itself: its number in the new file. */
export type OnLine = (path: string, line: number, grade: Grade) => void

/** Gives every counted line and every commit of a change the grade of the strongest statement about it. */
export function attribute(material: ChangeMaterial, onLine?: OnLine): Attributed {
  const tally = createTally(material)
  const fileGrades = new Map<string, GradeCounts>()
  if (needsLines(material)) gradeLines(material, tally, fileGrades, onLine)
  else gradeWhole(material, tally)
  const commitGrades = material.commits.map((commit, at) => gradeOfCommit(commit, tally.attestedBy(at)))
  return { attribution: tally.finish(commitGrades), commitGrades, fileGrades }
}

/** Whether grades can differ from line to line, so that diffs must be read with their lines. */
export function needsLines(material: Pick<ChangeMaterial, 'commits'>): boolean {
  const { commits } = material
  if (commits.some((commit) => commit.records.lines.length > 0)) return true
  return commits.length > 1 && commits.some((commit) => commit.statements.length > 0 || commit.isAutomation)
}

function gradeOfCommit(commit: CommitMaterial, attested: { ai: boolean; human: boolean }): Grade {
  const said = gradeOfStatements(commit.statements)
  if (attested.ai) return 'attested'
  if (said === 'declared') return 'declared'
  return attested.human ? 'humanAttested' : said
}

function gradeWhole(material: ChangeMaterial, tally: Tally): void {
  const head = material.commits.length - 1
  for (const file of material.files) tally.add(head, file.added - file.blank, [])
}

function gradeLines(
  material: ChangeMaterial,
  tally: Tally,
  fileGrades: Map<string, GradeCounts>,
  onLine: OnLine | undefined,
): void {
  const owners = createLineOwners(material)
  const records = material.commits.map((commit) => byPath(commit.records.lines))
  for (const file of material.files) {
    const counts = emptyCounts()
    const { numbers, prints } = file.lines ?? { numbers: [], prints: [] }
    for (let at = 0; at < numbers.length; at++) {
      const owner = owners.take(file.path, prints[at] ?? 0, numbers[at] ?? 0)
      const named = records[owner.commit]?.get(owner.path)?.filter((each) => holds(each.ranges, owner.line)) ?? []
      const grade = tally.add(owner.commit, 1, named)
      counts[grade]++
      onLine?.(file.path, numbers[at] ?? 0, grade)
    }
    // Lines past the limit were counted by the parser and not kept: nothing is known of them.
    const past = file.added - file.blank - numbers.length
    if (past > 0) counts[tally.add(-1, past, [])] += past
    counts.total = file.added - file.blank
    fileGrades.set(file.path, counts)
  }
  witnessCommits(material, tally, records)
}

/** A commit is graded by all that it added; lines that a later commit of the change took away again count for it too. */
function witnessCommits(
  material: ChangeMaterial,
  tally: Tally,
  records: readonly ReadonlyMap<string, readonly LineRecord[]>[],
): void {
  for (const [at, recorded] of records.entries()) {
    if (recorded.size === 0) continue
    for (const { path, lines } of material.commits[at]?.files ?? []) {
      const named = recorded.get(path)?.filter(({ ranges }) => lines?.numbers.some((line) => holds(ranges, line)))
      // one by one: two records of one file need not name the same lines
      for (const record of named ?? []) tally.witness(at, [record])
    }
  }
}

function byPath(records: readonly LineRecord[]): Map<string, LineRecord[]> {
  const paths = new Map<string, LineRecord[]>()
  for (const record of records) {
    const known = paths.get(record.path)
    if (known === undefined) paths.set(record.path, [record])
    else known.push(record)
  }
  return paths
}
