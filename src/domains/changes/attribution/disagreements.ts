import type { Disagreement } from '../model.ts'
import type { ChangeMaterial, CommitMaterial } from './attribute.ts'
import type { Attested } from './tally.ts'

/** Where what a commit declares and what records say of its lines do not agree; each is a finding, not an error. */
export function disagreementsOf(material: ChangeMaterial, attested: readonly Attested[]): Disagreement[] {
  const found = new Map<string, Disagreement>()
  for (const [at, commit] of material.commits.entries()) {
    const records = attested[at]
    if (commit.isMerge || records === undefined) continue
    for (const [kind, detail] of disagree(commit, records, material.keepsRecords)) {
      const known = found.get(`${kind}\0${detail}`) ?? { kind, detail, commits: [] }
      known.commits.push(commit.oid)
      found.set(`${kind}\0${detail}`, known)
    }
  }
  return [...found.values()]
}

type Finding = [Disagreement['kind'], string]

function disagree(commit: CommitMaterial, attested: Attested, keepsRecords: boolean): Finding[] {
  const declared = new Set(commit.statements.filter((each) => each.grade === 'declared').map((each) => each.tool))
  const recorded = new Set(commit.records.lines.filter((each) => each.who === 'ai').map((each) => each.tool))
  const conflict: Finding[] = attested.conflict
    ? [['records_conflict', 'one record says AI and another says human of the same line']]
    : []
  if (declared.size > 0)
    return [...conflict, ...declaredOnly(commit, attested, keepsRecords), ...tools(declared, recorded)]
  return attested.ai
    ? [...conflict, ['record_without_statement', 'records attest AI lines, the commit declares none']]
    : conflict
}

function declaredOnly(commit: CommitMaterial, attested: Attested, keepsRecords: boolean): Finding[] {
  const records = commit.records.lines
  if (records.length === 0) {
    return keepsRecords
      ? [['statement_without_record', 'the commit declares AI, no usable record names its lines']]
      : []
  }
  const onlyPeople = attested.human && records.every((each) => each.who === 'human')
  return onlyPeople ? [['human_record_ai_statement', 'the commit declares AI, its records name people only']] : []
}

function tools(declared: ReadonlySet<string>, recorded: ReadonlySet<string>): Finding[] {
  if (recorded.size === 0 || [...recorded].some((tool) => declared.has(tool))) return []
  const list = (names: ReadonlySet<string>) => [...names].sort().join(', ')
  return [['tools_differ', `the commit declares ${list(declared)}, its records name ${list(recorded)}`]]
}
