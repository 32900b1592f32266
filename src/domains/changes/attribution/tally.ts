import type { Attribution, Grade, GradeCounts, Source } from '../model.ts'
import type { ChangeMaterial } from './attribute.ts'
import { emptyCounts, shareOf } from './counts.ts'
import type { Statement } from './detect.ts'
import { disagreementsOf } from './disagreements.ts'
import type { LineRecord } from './records.ts'

/** Counts the lines of one change as they are graded, and who says so. */
export interface Tally {
  /** Counts `lines` of a commit (-1: of none); `records` are those that name them. */
  add(commit: number, lines: number, records: readonly LineRecord[]): Grade
  /** Takes note of records that name a line which the commit added, whether or not the change still holds it. */
  witness(commit: number, records: readonly LineRecord[]): void
  /** Whether lines of the commit were found that records give to AI, or to people. */
  attestedBy(commit: number): Attested
  finish(commitGrades: readonly Grade[]): Attribution
}

export interface Attested {
  ai: boolean
  human: boolean
  conflict: boolean
}

export function createTally(material: ChangeMaterial): Tally {
  const lines = emptyCounts()
  const sources = createCounter<Omit<Source, 'commits' | 'lines'>>(material)
  const tools = createCounter<{ tool: string }>(material)
  const attested = material.commits.map((): Attested => ({ ai: false, human: false, conflict: false }))
  // what a commit states of itself is looked up once, and not for each of its lines
  const said = material.commits.map((commit) => {
    const named = commit.statements.map(toSource)
    return { named, grade: gradeOfStatements(named), counts: countsOf(named), byRecord: new Map<LineRecord, Count[]>() }
  })
  let automationLines = 0
  for (const [at, { counts }] of said.entries()) countAll(at, 0, counts)

  /** The counters of all sources, and of each tool once; what is first asked for here comes first in the result. */
  function countsOf(named: readonly Omit<Source, 'commits' | 'lines'>[]): Count[] {
    const ofTools = new Set(named.map((each) => each.tool).filter((tool) => tool !== people))
    return [...named.map(sources.of), ...[...ofTools].map((tool) => tools.of({ tool }))]
  }

  function countsFor(commit: number, record: LineRecord | undefined): readonly Count[] {
    const own = said[commit]
    if (own === undefined) return []
    if (record === undefined) return own.counts
    const counts = own.byRecord.get(record) ?? countsOf([recordSource(material, record), ...own.named])
    own.byRecord.set(record, counts)
    return counts
  }

  return {
    add(commit, by, records) {
      const record = records.find((each) => each.who === 'ai') ?? records[0]
      note(attested[commit], records)
      const grade = record === undefined ? (said[commit]?.grade ?? 'unknown') : gradeOfRecord(record)
      lines[grade] += by
      lines.total += by
      countAll(commit, by, countsFor(commit, record))
      if (grade === 'unknown' && material.commits[commit]?.isAutomation === true) automationLines += by
      return grade
    },
    witness: (commit, records) => note(attested[commit], records),
    attestedBy: (commit) => attested[commit] ?? { ai: false, human: false, conflict: false },
    finish: (commitGrades) => ({
      lines,
      commits: countCommits(material, commitGrades),
      share: shareOf(lines),
      sources: sources.all(),
      tools: tools.all(),
      disagreements: disagreementsOf(material, attested),
      automation: { commits: countAutomation(material, commitGrades), lines: automationLines },
      problems: countProblems(material),
    }),
  }
}

/** Of one source or tool. */
interface Count {
  readonly commits: Set<number>
  lines: number
}

function countAll(commit: number, by: number, counts: readonly Count[]): void {
  for (const each of counts) {
    each.commits.add(commit)
    each.lines += by
  }
}

/** The grade of everything a commit says of itself. */
export function gradeOfStatements(statements: readonly { grade: Grade }[]): 'declared' | 'hinted' | 'unknown' {
  if (statements.some((each) => each.grade === 'declared')) return 'declared'
  return statements.length > 0 ? 'hinted' : 'unknown'
}

/** Stands for a tool where a record names people. */
const people = 'human'

function toSource({ source, grade, tool }: Statement): Omit<Source, 'commits' | 'lines'> {
  return { source, grade, tool, assurance: 'said in the commit' }
}

function assuranceOf(material: ChangeMaterial): string {
  return material.recordsSigned ? 'record, newest signed (not verified)' : 'record, unsigned'
}

function gradeOfRecord({ who }: LineRecord): Grade {
  return who === 'ai' ? 'attested' : 'humanAttested'
}

function recordSource(material: ChangeMaterial, record: LineRecord): Omit<Source, 'commits' | 'lines'> {
  const tool = record.who === 'ai' ? record.tool : people
  return { source: record.source, grade: gradeOfRecord(record), tool, assurance: assuranceOf(material) }
}

function note(known: Attested | undefined, records: readonly LineRecord[]): void {
  if (known === undefined) return
  const ai = records.some((each) => each.who === 'ai')
  const human = records.some((each) => each.who === 'human')
  if (ai) known.ai = true
  if (human) known.human = true
  if (ai && human) known.conflict = true
}

function createCounter<K extends Readonly<Record<string, string>>>(material: ChangeMaterial) {
  const counts = new Map<string, Count & { readonly key: K }>()
  return {
    of(key: K): Count {
      const name = Object.values(key).join('\0')
      const known = counts.get(name) ?? { key, commits: new Set<number>(), lines: 0 }
      counts.set(name, known)
      return known
    },
    all: () =>
      [...counts.values()].map(({ key, commits, lines }) => ({
        ...key,
        commits: withoutMerges(material, commits),
        lines,
      })),
  }
}

function withoutMerges(material: ChangeMaterial, commits: ReadonlySet<number>): number {
  return [...commits].filter((at) => material.commits[at]?.isMerge === false).length
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

function countAutomation(material: ChangeMaterial, grades: readonly Grade[]): number {
  return material.commits.filter((each, at) => !each.isMerge && each.isAutomation && grades[at] === 'unknown').length
}

function countProblems(material: ChangeMaterial): Record<string, number> {
  const problems: Record<string, number> = {}
  for (const problem of material.commits.flatMap((commit) => commit.records.problems)) {
    problems[problem] = (problems[problem] ?? 0) + 1
  }
  return problems
}
