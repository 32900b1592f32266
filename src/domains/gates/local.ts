import {
  type Change,
  changedLines,
  keepsRecords,
  readCommitChange,
  readFileAt,
  readRange,
  tipOf,
} from '#domains/changes'
import type { ParsedReport } from '#domains/evidence'
import { readRules, rulesBytesMax, rulesPath } from '#domains/risk'
import { ReportRefused } from './errors.ts'
import { changeEvidence } from './facts/change-evidence.ts'
import { type Case, type Judge, type Judged, judgeAll } from './judge.ts'

export interface LocalQuestion {
  /** Of the repository. */
  readonly path: string
  /** What `git rev-parse` takes; the newest commit of HEAD when absent. */
  readonly commit: string | undefined
  /** What it is to be merged to; the commit's first parent when absent. */
  readonly base: string | undefined
  /** The reports that are about it, oldest first, with the names of their files. */
  readonly reports: readonly { readonly name: string; readonly parsed: ParsedReport }[]
  readonly now: string
  readonly signal?: AbortSignal | undefined
}

/**
 * Judges a commit, or what merging a branch would bring, from the repository alone: no server, and nothing is recorded.
 * The same reports give the same verdict as a server's.
 *
 * @throws repository_unreadable, branch_missing, range_empty, gate_settings_wrong, report_refused
 */
export async function judgeLocally(judge: Judge, question: LocalQuestion): Promise<Judged> {
  const change = await readAsked(question)
  for (const report of question.reports) refuseOther(change, report)
  const attached = question.reports.map(({ parsed }) => ({ format: parsed.format, parsed }))
  const one = await caseOf({ ...question, change, attached })
  const [judged] = await judgeAll(judge, [one])
  if (judged === undefined) throw new Error('a question had no answer')
  return judged
}

/** An approval or scan of another commit says nothing of this one. */
function refuseOther(change: Change, { name, parsed }: LocalQuestion['reports'][number]): void {
  const stated = parsed.speaksOf.commits
  if (stated.length === 0 || commitsOf(change).some((commit) => stated.includes(commit))) return
  throw ReportRefused({ name, reason: `it is about ${stated.slice(0, 3).join(', ')}, not about ${change.headOid}` })
}

/** Commits that evidence of a change may be about: the one that brings it, and the one that a reviewer saw last. */
export function commitsOf(change: Change): string[] {
  return [...new Set([change.headOid, tipOf(change)])]
}

/**
 * What is asked about: one commit, or all that merging it into a base would bring.
 *
 * @throws repository_unreadable, branch_missing, range_empty
 */
export async function readAsked({
  path,
  commit = 'HEAD',
  base,
  signal,
}: {
  readonly path: string
  readonly commit?: string | undefined
  readonly base?: string | undefined
  readonly signal?: AbortSignal | undefined
}): Promise<Change> {
  if (base === undefined) return readCommitChange({ path, commit, signal })
  return readRange({ path, base, head: commit, signal })
}

/** A change that is not merged yet, under the rules of what it is to be merged to. */
export async function caseOf({
  path,
  change,
  attached,
  now,
  exceptions = [],
  signal,
}: {
  readonly path: string
  readonly change: Change
  readonly attached: Parameters<typeof changeEvidence>[0]
  readonly now: string
  readonly exceptions?: Case['exceptions']
  readonly signal?: AbortSignal | undefined
}): Promise<Case> {
  const { baseOid, headOid } = change
  const file =
    baseOid === null
      ? undefined
      : await readFileAt({ path, commit: baseOid, file: rulesPath, maxBytes: rulesBytesMax + 1, signal })
  return {
    change,
    evidence: await changeEvidence(attached, () => changedLines({ path, base: baseOid, head: headOid, signal })),
    rules: readRules(file?.content.toString('utf8')).rules,
    keepsRecords: await keepsRecords({ path, head: headOid, signal }),
    now,
    exceptions,
  }
}
