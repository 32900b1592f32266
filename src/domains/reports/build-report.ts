import { type Governed, missingSources, ruleTotals, totalsOf } from './governance.ts'
import type { Disagreement, Grade, Parts, Report, ReportedChange, Share, SourceFigure, Unknown } from './model.ts'

/** What the report takes of a change; a change of the domain `changes` fits, and so may any other source. */
export interface ChangeFigures extends Governed {
  readonly id: string
  readonly title: string
  /** UTC. */
  readonly mergedAt: string
  readonly author: string | null
  readonly commits: Parts
  readonly lines: Parts
  readonly sources: readonly SourceFigure[]
  readonly disagreements: readonly Disagreement[]
  /** Limits that cut what was read, each a sentence. */
  readonly limitsHit: readonly string[]
  readonly excludedLines: Readonly<Record<string, number>>
  /** Whether it has a record in the ledger. */
  readonly isRecorded: boolean
}

export interface ReportInput {
  readonly repository: Report['repository']
  readonly period: Report['period']
  readonly preparedAt: string
  readonly preparedBy: string
  readonly changes: Iterable<ChangeFigures>
  readonly ledger: Report['ledger']
  /** Figures of individuals only when a person asked for them. */
  readonly people: 'omit' | 'include'
  /** Says how lines are matched to statements. */
  readonly method: string
  /** What the reader of the history knows to be missing, such as the start of a shallow clone. */
  readonly unknowns?: readonly Unknown[]
  /** By the id of a rule. */
  readonly ruleTitles?: Readonly<Record<string, string>> | undefined
}

/** Sums the figures of changes; everything that the report says follows from its input. */
export function buildReport(input: ReportInput): Report {
  const sums = sumOf(input.changes)
  const totals = totalsOf(sums.changes)
  return {
    schema: 'countersign.report/v1',
    repository: input.repository,
    period: input.period,
    preparedAt: input.preparedAt,
    preparedBy: input.preparedBy,
    ai: { commits: sums.commits, lines: sums.lines },
    share: shareOf(sums.lines, input.method),
    sources: [...sums.sources.values()].sort((a, b) => b.lines - a.lines || b.commits - a.commits),
    tools: [...sums.tools.values()].sort((a, b) => b.lines - a.lines || b.commits - a.commits),
    months: [...sums.months].sort(([a], [b]) => (a < b ? -1 : 1)).map(([month, sum]) => ({ month, ...sum })),
    people: input.people === 'omit' ? null : peopleOf(sums.people),
    disagreements: sums.disagreements,
    changes: sums.changes,
    ...(totals === undefined ? {} : { totals, rules: ruleTotals(sums.changes, input.ruleTitles ?? {}) }),
    unknowns: [...missingSources(sums.missing), ...unknownsOf(sums.changes), ...(input.unknowns ?? [])],
    limits: [...sums.limits].map(([what, changes]) => ({ what, changes })),
    excludedLines: Object.fromEntries(sums.excluded),
    logging: { changes: sums.changes.length, recorded: sums.recorded },
    ledger: input.ledger,
  }
}

/** The interval of contracts: attested, attested or declared, all but human, and what has no statement. */
export function shareOf(lines: Parts, method: string): Share {
  const { attested, declared, hinted, humanAttested, unknown, total } = lines
  const part = (count: number) => (total === 0 ? null : count / total)
  return {
    attested: part(attested),
    declared: part(attested + declared),
    high: part(total - humanAttested),
    unknown: part(unknown + hinted),
    method,
  }
}

/** The strongest statement in a change that has any AI part; else what most of it is. */
export function gradeOf({ attested, declared, hinted, humanAttested, unknown }: Parts): Grade {
  if (attested > 0) return 'attested'
  if (declared > 0) return 'declared'
  if (hinted > 0) return 'hinted'
  return humanAttested > 0 && unknown === 0 ? 'human' : 'unknown'
}

const none: Parts = { attested: 0, declared: 0, hinted: 0, humanAttested: 0, unknown: 0, total: 0 }

function plus(a: Parts, b: Parts): Parts {
  return {
    attested: a.attested + b.attested,
    declared: a.declared + b.declared,
    hinted: a.hinted + b.hinted,
    humanAttested: a.humanAttested + b.humanAttested,
    unknown: a.unknown + b.unknown,
    total: a.total + b.total,
  }
}

interface Sum {
  readonly changes: number
  readonly lines: Parts
}

function sumOf(changes: Iterable<ChangeFigures>) {
  const sums = {
    commits: none,
    lines: none,
    sources: new Map<string, SourceFigure>(),
    tools: new Map<string, Report['tools'][number]>(),
    months: new Map<string, Sum>(),
    people: new Map<string, Sum>(),
    limits: new Map<string, number>(),
    excluded: new Map<string, number>(),
    disagreements: [] as Report['disagreements'][number][],
    changes: [] as ReportedChange[],
    missing: [] as Governed[],
    recorded: 0,
  }
  for (const change of changes) {
    sums.commits = plus(sums.commits, change.commits)
    sums.lines = plus(sums.lines, change.lines)
    addSum(sums.months, change.mergedAt.slice(0, 7), change.lines)
    addSum(sums.people, change.author ?? '(unknown)', change.lines)
    addSources(sums.sources, sums.tools, change.sources)
    for (const what of new Set(change.limitsHit)) addCount(sums.limits, what, 1)
    for (const [kind, lines] of Object.entries(change.excludedLines)) addCount(sums.excluded, kind, lines)
    for (const one of change.disagreements) sums.disagreements.push({ change: change.id, ...one })
    sums.changes.push(reported(change))
    if (change.missing !== undefined) sums.missing.push({ missing: change.missing })
    if (change.isRecorded) sums.recorded++
  }
  return sums
}

function reported(change: ChangeFigures): ReportedChange {
  const { id, title, mergedAt, author, commits, lines, sources, risk, gate } = change
  // a change without counted lines, such as one that only deletes, still has what its commits state
  const grade = gradeOf(lines.total > 0 ? lines : commits)
  const governed = { ...(risk === undefined ? {} : { risk }), ...(gate === undefined ? {} : { gate }) }
  return { id, title, mergedAt, author, attribution: { grade, commits, lines, sources }, ...governed }
}

function addSum(sums: Map<string, Sum>, key: string, lines: Parts): void {
  const before = sums.get(key) ?? { changes: 0, lines: none }
  sums.set(key, { changes: before.changes + 1, lines: plus(before.lines, lines) })
}

function addCount(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count)
}

function addSources(
  sources: Map<string, SourceFigure>,
  tools: Map<string, Report['tools'][number]>,
  figures: readonly SourceFigure[],
): void {
  const seen = new Set<string>()
  for (const { source, grade, tool, commits, lines } of figures) {
    const key = JSON.stringify([source, grade, tool])
    const before = sources.get(key)
    sources.set(key, {
      source,
      grade,
      tool,
      commits: commits + (before?.commits ?? 0),
      lines: lines + (before?.lines ?? 0),
    })
    if (tool === null) continue
    const sum = tools.get(tool) ?? { tool, changes: 0, commits: 0, lines: 0 }
    const changes = sum.changes + (seen.has(tool) ? 0 : 1)
    tools.set(tool, { tool, changes, commits: sum.commits + commits, lines: sum.lines + lines })
    seen.add(tool)
  }
}

function peopleOf(people: ReadonlyMap<string, Sum>): NonNullable<Report['people']> {
  return [...people].map(([name, sum]) => ({ name, ...sum })).sort((a, b) => b.lines.total - a.lines.total)
}

/** What is not known, and what would have made it known. */
function unknownsOf(changes: readonly ReportedChange[]): Unknown[] {
  const count = (is: (change: ReportedChange) => boolean) => changes.filter(is).length
  const silent = count(({ attribution: { lines } }) => lines.unknown > 0)
  const hinted = count(({ attribution: { grade } }) => grade === 'hinted')
  const declared = count(({ attribution: { lines } }) => lines.declared > 0)
  const all: Unknown[] = [
    {
      what: 'Lines that carry no statement of who or what wrote them',
      changes: silent,
      howToKnow:
        'Let the coding tools write line records (git-ai notes, Agent Trace), or have commits state it in a trailer such as Assisted-by or Co-authored-by.',
    },
    {
      what: 'Lines that only a hint, such as the name of a branch, connects with an AI tool',
      changes: hinted,
      howToKnow: 'Ask the author; from now on let the tool sign its commits or add its trailer.',
    },
    {
      what: 'Which lines of a commit the declared AI tool wrote: the statement covers the whole commit',
      changes: declared,
      howToKnow: 'Line records (git-ai notes, Agent Trace) say it line by line.',
    },
  ]
  return all.filter((unknown) => unknown.changes > 0)
}
