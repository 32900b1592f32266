import type { Attribution, Disagreement, Grade, GradeCounts, Share } from '../model.ts'
import type { FileDiff } from '../repository/diff-parser.ts'
import type { Statement } from './detect.ts'
import { createLineOwners } from './line-owners.ts'
import { holds, type LineRecord, type Records } from './records.ts'

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

/** How shares are measured; changes whenever the same history would give other figures. */
export const method =
  'added-lines/1: histogram -M50%, blank lines and set-aside files left out, lines of a merge found by content'

/** Gives every counted line and every commit of a change the grade of the strongest statement about it. */
export function attribute(material: ChangeMaterial): Attributed {
  const tally = createTally(material)
  const fileGrades = new Map<string, GradeCounts>()
  if (needsLines(material)) gradeLines(material, tally, fileGrades)
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

export function emptyCounts(): GradeCounts {
  return { attested: 0, declared: 0, hinted: 0, humanAttested: 0, unknown: 0, total: 0 }
}

export function addCounts(to: GradeCounts, from: GradeCounts): void {
  to.attested += from.attested
  to.declared += from.declared
  to.hinted += from.hinted
  to.humanAttested += from.humanAttested
  to.unknown += from.unknown
  to.total += from.total
}

/** The interval of contracts section 3 from counted lines. */
export function shareOf(lines: GradeCounts): Share {
  const part = (count: number) => (lines.total === 0 ? null : count / lines.total)
  return {
    attested: part(lines.attested),
    declared: part(lines.attested + lines.declared),
    high: part(lines.total - lines.humanAttested),
    unknown: part(lines.unknown + lines.hinted),
    method,
  }
}

function gradeOfStatements(statements: readonly Statement[]): 'declared' | 'hinted' | 'unknown' {
  if (statements.some((each) => each.grade === 'declared')) return 'declared'
  return statements.length > 0 ? 'hinted' : 'unknown'
}

function gradeOfCommit(commit: CommitMaterial, attested: { ai: boolean; human: boolean }): Grade {
  const said = gradeOfStatements(commit.statements)
  if (attested.ai) return 'attested'
  if (said === 'declared') return 'declared'
  return attested.human ? 'humanAttested' : said
}

interface Tally {
  /** Counts `lines` of a commit; `records` are those that name them. */
  add(commit: number, lines: number, records: readonly LineRecord[]): Grade
  attestedBy(commit: number): { ai: boolean; human: boolean }
  finish(commitGrades: readonly Grade[]): Attribution
}

interface SourceCount {
  readonly source: string
  readonly grade: Grade
  readonly tool: string
  readonly assurance: string
  readonly commits: Set<number>
  lines: number
}

function gradeWhole(material: ChangeMaterial, tally: Tally): void {
  const head = material.commits.length - 1
  for (const file of material.files) tally.add(head, file.added - file.blank, [])
}

function gradeLines(material: ChangeMaterial, tally: Tally, fileGrades: Map<string, GradeCounts>): void {
  const owners = createLineOwners(material)
  const records = material.commits.map((commit) => byPath(commit.records.lines))
  for (const file of material.files) {
    const counts = emptyCounts()
    const { numbers, prints } = file.lines ?? { numbers: [], prints: [] }
    for (let at = 0; at < numbers.length; at++) {
      const owner = owners.take(file.path, prints[at] ?? 0, numbers[at] ?? 0)
      const named = records[owner.commit]?.get(owner.path)?.filter((each) => holds(each.ranges, owner.line)) ?? []
      counts[tally.add(owner.commit, 1, named)]++
    }
    // Lines past the limit were counted by the parser and not kept: nothing is known of them.
    const past = file.added - file.blank - numbers.length
    if (past > 0) counts[tally.add(-1, past, [])] += past
    counts.total = file.added - file.blank
    fileGrades.set(file.path, counts)
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

function createTally(material: ChangeMaterial): Tally {
  const lines = emptyCounts()
  const sources = new Map<string, SourceCount>()
  const tools = new Map<string, { commits: Set<number>; lines: number }>()
  const attested = new Map<number, { ai: boolean; human: boolean }>()
  const conflicts = new Set<number>()
  let automationLines = 0
  const assurance = material.recordsSigned ? 'record, newest signed (not verified)' : 'record, unsigned'

  const count = (commit: number, by: number, named: { source: string; grade: Grade; tool: string }) => {
    const key = `${named.source}\0${named.tool}\0${named.grade}`
    const known = sources.get(key) ?? {
      source: named.source,
      grade: named.grade,
      tool: named.tool,
      assurance: named.grade === 'attested' || named.grade === 'humanAttested' ? assurance : 'said in the commit',
      commits: new Set<number>(),
      lines: 0,
    }
    known.commits.add(commit)
    known.lines += by
    sources.set(key, known)
  }
  const countTool = (commit: number, by: number, tool: string) => {
    const known = tools.get(tool) ?? { commits: new Set<number>(), lines: 0 }
    known.commits.add(commit)
    known.lines += by
    tools.set(tool, known)
  }
  const statements = material.commits.map((commit) => commit.statements)
  for (const [at, said] of statements.entries()) {
    for (const each of said) count(at, 0, each)
    for (const tool of new Set(said.map((each) => each.tool))) countTool(at, 0, tool)
  }

  const add: Tally['add'] = (commit, by, records) => {
    const said = statements[commit] ?? []
    const ai = records.find((each) => each.who === 'ai')
    const human = records.find((each) => each.who === 'human')
    if (ai !== undefined || human !== undefined) {
      const known = attested.get(commit)
      attested.set(commit, {
        ai: known?.ai === true || ai !== undefined,
        human: known?.human === true || ai === undefined,
      })
    }
    if (ai !== undefined && human !== undefined) conflicts.add(commit)
    const grade = ai !== undefined ? 'attested' : human !== undefined ? 'humanAttested' : gradeOfStatements(said)
    lines[grade] += by
    lines.total += by
    if (ai !== undefined) count(commit, by, { source: ai.source, grade: 'attested', tool: ai.tool })
    else if (human !== undefined) count(commit, by, { source: human.source, grade: 'humanAttested', tool: 'human' })
    for (const each of said) count(commit, by, each)
    const named = new Set([
      ...(ai === undefined ? [] : [ai.tool]),
      ...(human === undefined || ai !== undefined ? said.map((each) => each.tool) : []),
    ])
    for (const tool of named) countTool(commit, by, tool)
    if (grade === 'unknown' && material.commits[commit]?.isAutomation === true) automationLines += by
    return grade
  }

  return {
    add,
    attestedBy: (commit) => attested.get(commit) ?? { ai: false, human: false },
    finish: (commitGrades) => ({
      lines,
      commits: countCommits(material, commitGrades),
      share: shareOf(lines),
      sources: [...sources.values()].map((each) => ({ ...each, commits: countReal(material, each.commits) })),
      tools: [...tools].map(([tool, each]) => ({
        tool,
        commits: countReal(material, each.commits),
        lines: each.lines,
      })),
      disagreements: disagreementsOf(material, attested, conflicts),
      automation: {
        commits: material.commits.filter(
          (each, at) => !each.isMerge && each.isAutomation && commitGrades[at] === 'unknown',
        ).length,
        lines: automationLines,
      },
      problems: countProblems(material),
    }),
  }
}

function countCommits(material: ChangeMaterial, grades: readonly Grade[]): GradeCounts {
  const counts = emptyCounts()
  for (const [at, grade] of grades.entries()) {
    if (material.commits[at]?.isMerge === true) continue
    counts[grade]++
    counts.total++
  }
  return counts
}

function countReal(material: ChangeMaterial, commits: ReadonlySet<number>): number {
  return [...commits].filter((at) => material.commits[at]?.isMerge === false).length
}

function countProblems(material: ChangeMaterial): Record<string, number> {
  const problems: Record<string, number> = {}
  for (const problem of material.commits.flatMap((commit) => commit.records.problems)) {
    problems[problem] = (problems[problem] ?? 0) + 1
  }
  return problems
}

function disagreementsOf(
  material: ChangeMaterial,
  attested: ReadonlyMap<number, { ai: boolean; human: boolean }>,
  conflicts: ReadonlySet<number>,
): Disagreement[] {
  const found = new Map<string, Disagreement & { commits: string[] }>()
  for (const [at, commit] of material.commits.entries()) {
    if (commit.isMerge) continue
    const records = attested.get(at) ?? { ai: false, human: false }
    for (const [kind, detail] of disagree(material, commit, records, conflicts.has(at))) {
      const known = found.get(`${kind}\0${detail}`) ?? { kind, detail, commits: [] }
      known.commits.push(commit.oid)
      found.set(`${kind}\0${detail}`, known)
    }
  }
  return [...found.values()]
}

function disagree(
  material: ChangeMaterial,
  commit: CommitMaterial,
  attested: { ai: boolean; human: boolean },
  conflict: boolean,
): [Disagreement['kind'], string][] {
  const declared = new Set(commit.statements.filter((each) => each.grade === 'declared').map((each) => each.tool))
  const recorded = new Set(commit.records.lines.filter((each) => each.who === 'ai').map((each) => each.tool))
  const found: [Disagreement['kind'], string][] = []
  if (conflict) found.push(['records_conflict', 'one record says AI and another says human of the same line'])
  if (attested.ai && declared.size === 0)
    found.push(['record_without_statement', 'records attest AI lines, the commit declares none'])
  if (declared.size > 0 && attested.human && !attested.ai && recorded.size === 0) {
    found.push(['human_record_ai_statement', 'the commit declares AI, its records name people only'])
  }
  if (declared.size > 0 && commit.records.lines.length === 0 && material.keepsRecords) {
    found.push(['statement_without_record', 'the commit declares AI, no usable record names its lines'])
  }
  const [said] = declared
  const [kept] = recorded
  if (said !== undefined && kept !== undefined && ![...recorded].some((tool) => declared.has(tool))) {
    found.push(['tools_differ', `the commit declares ${said}, its records name ${kept}`])
  }
  return found
}
