import { createHash } from 'node:crypto'
import { EvidenceTooLarge } from '../errors.ts'
import { kept, limits } from '../limits.ts'
import type { Component, Finding, ParsedReport, ScanClass, Severity } from '../model.ts'
import { severities } from '../model.ts'
import { clean, instant, productName } from './text.ts'

/** A finding as a reader states it; the text is made harmless and short here. */
export interface FindingDraft {
  readonly ruleId: string | undefined
  readonly class: ScanClass
  readonly severity: Severity
  readonly title: string | undefined
  readonly path: string | null
  readonly line: number | undefined
  readonly suppressed?: boolean
  readonly vulnerability?: string | undefined
  readonly package?: {
    readonly name: string
    readonly version: string | undefined
    readonly ecosystem: string | undefined
    readonly fixedIn: string | undefined
  }
  /** What else tells this finding from its like; the line is never part of its fingerprint. */
  readonly mark?: string | undefined
}

/** What a reader fills in while it goes through a report. Every list is bounded, every text cleaned. */
export interface Reading {
  /** Absolute folders that stand for the root of the repository. */
  readonly roots: readonly string[]
  tool(name: string | undefined, version?: string | undefined): void
  version(text: string | undefined): void
  producedAt(time: string | number | undefined): void
  /** The tool says that it did not succeed, or nothing ran. */
  didNotRun(): void
  /** Something that the format demands is not so. */
  problem(text: string): void
  /** A whole schema was checked, so the report is valid unless there was a problem. */
  checked(): void
  commit(oid: string | undefined): void
  artifact(sha256: string | undefined): void
  scan(kind: ScanClass): void
  finding(draft: FindingDraft): void
  component(component: {
    name: string | undefined
    version: string | undefined
    purl: string | undefined
    licenses: readonly string[]
  }): void
  /** Counts things that are read and not kept. */
  count(entities: number): void
  set(part: Partial<Parts>): void
  finish(format: string, redactions: number): ParsedReport
}

type Parts = Pick<
  ParsedReport,
  'tests' | 'coverage' | 'components' | 'vex' | 'statement' | 'pullRequest' | 'interactions' | 'dependencies'
>

interface State {
  readonly about: Pick<ParsedReport, 'tool' | 'version' | 'producedAt'>
  readonly problems: string[]
  readonly commits: Set<string>
  readonly artifacts: Set<string>
  readonly scans: Set<ScanClass>
  readonly findings: ReturnType<typeof createFindings>
  readonly components: Component[]
  readonly parts: Partial<Parts>
  entities: number
  ran: boolean
  verdict: ParsedReport['schema']['verdict']
}

export function createReading(roots: readonly string[]): Reading {
  const state: State = {
    about: { tool: null, version: null, producedAt: null },
    problems: [],
    commits: new Set(),
    artifacts: new Set(),
    scans: new Set(),
    findings: createFindings(),
    components: [],
    parts: {},
    entities: 0,
    ran: true,
    verdict: 'unchecked',
  }
  const { about } = state
  const count = (entities: number) => {
    state.entities += entities
    if (state.entities > limits.entities) throw EvidenceTooLarge({ what: 'entries', max: limits.entities })
  }
  return {
    roots,
    count,
    tool: (name, version) => {
      const known = productName(name)
      if (known !== null) about.tool ??= { name: known, version: productName(version, 50) }
    },
    version: (text) => {
      about.version ??= productName(text, 50)
    },
    producedAt: (time) => {
      about.producedAt ??= instant(time)
    },
    didNotRun: () => {
      state.ran = false
    },
    problem: (text) => {
      state.verdict = 'invalid'
      if (state.problems.length < kept.problems) state.problems.push(clean(text, 300))
    },
    checked: () => {
      if (state.verdict === 'unchecked') state.verdict = 'valid'
    },
    commit: (oid) => addNamed(state.commits, /^([0-9a-f]{40}|[0-9a-f]{64})$/.exec(oid?.toLowerCase() ?? '')?.[0]),
    artifact: (sha256) => {
      const hex = /^(?:sha256:)?([0-9a-f]{64})$/.exec(sha256?.toLowerCase() ?? '')?.[1]
      addNamed(state.artifacts, hex === undefined ? undefined : `sha256:${hex}`)
    },
    scan: (kind) => {
      state.scans.add(kind)
    },
    finding: (draft) => {
      count(1)
      state.findings.add(draft)
    },
    component: (one) => {
      count(1)
      if (state.components.length < kept.components) state.components.push(cleanComponent(one))
    },
    set: (part) => Object.assign(state.parts, part),
    finish: (format, redactions) => finish(state, format, redactions),
  }
}

function finish(state: State, format: string, redactions: number): ParsedReport {
  const { about, parts } = state
  return {
    format,
    ...about,
    schema: { verdict: state.verdict, problems: state.problems },
    ran: state.ran,
    speaksOf: { commits: [...state.commits], artifacts: [...state.artifacts] },
    scans: state.ran ? [...state.scans].sort() : [],
    findings: state.findings.sorted(),
    findingCounts: state.findings.counts(),
    components: state.components.length > 0 ? state.components : (parts.components ?? null),
    tests: parts.tests ?? null,
    coverage: parts.coverage ?? null,
    vex: parts.vex ?? null,
    statement: parts.statement ?? null,
    pullRequest: parts.pullRequest ?? null,
    interactions: parts.interactions ?? null,
    dependencies: parts.dependencies ?? null,
    redactions,
  }
}

function addNamed(names: Set<string>, name: string | undefined): void {
  if (name !== undefined && names.size < kept.named) names.add(name)
}

function createFindings() {
  const bySeverity: Record<Severity, Finding[]> = { critical: [], high: [], medium: [], low: [], info: [] }
  const open: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0, info: 0 }
  const alike = new Map<string, number>()
  const totals = { total: 0, suppressed: 0 }
  const add = (draft: FindingDraft) => {
    totals.total++
    if (draft.suppressed === true) totals.suppressed++
    else open[draft.severity]++
    const list = bySeverity[draft.severity]
    if (list.length < kept.findings) list.push(toFinding(draft, alike))
  }
  return {
    add,
    /** Open ones before suppressed ones, each the most severe first. */
    sorted: () => {
      const all = severities.flatMap((one) => bySeverity[one])
      return [...all.filter((one) => !one.suppressed), ...all.filter((one) => one.suppressed)].slice(0, kept.findings)
    },
    counts: () => ({ ...totals, bySeverity: open }),
  }
}

function toFinding(draft: FindingDraft, alike: Map<string, number>): Finding {
  const ruleId = clean(draft.ruleId ?? 'unknown', kept.name)
  const title = clean(draft.title ?? ruleId, kept.title)
  const { vulnerability, package: about } = draft
  const key = JSON.stringify([ruleId, draft.path, draft.mark ?? title, about?.name ?? null, vulnerability ?? null])
  const before = alike.get(key) ?? 0
  alike.set(key, before + 1)
  return {
    fingerprint: createHash('sha256').update(`${key}#${before}`).digest('hex').slice(0, 32),
    ruleId,
    class: draft.class,
    severity: draft.severity,
    title: title === '' ? ruleId : title,
    path: draft.path,
    line: lineOf(draft.line),
    suppressed: draft.suppressed ?? false,
    ...(vulnerability === undefined ? {} : { vulnerability: clean(vulnerability, kept.name) }),
    ...(about === undefined ? {} : { package: cleanPackage(about) }),
  }
}

function cleanPackage({ name, version, ecosystem, fixedIn }: NonNullable<FindingDraft['package']>) {
  return {
    name: clean(name, kept.name),
    version: version === undefined ? null : clean(version, kept.name),
    ecosystem: clean(ecosystem ?? 'unknown', 50),
    fixedIn: fixedIn === undefined ? null : clean(fixedIn, kept.name),
  }
}

function cleanComponent(one: Parameters<Reading['component']>[0]): Component {
  return {
    name: clean(one.name ?? '', kept.name),
    version: clean(one.version ?? '', kept.name),
    purl: one.purl === undefined ? null : clean(one.purl, 500),
    licenses: one.licenses.slice(0, kept.licenses).map((license) => clean(license, 300)),
  }
}

function lineOf(line: number | undefined): number | null {
  return line !== undefined && Number.isInteger(line) && line > 0 && line < 2 ** 31 ? line : null
}
