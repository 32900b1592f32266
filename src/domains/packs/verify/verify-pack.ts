import { toHex } from '#kernel/ledger/core'
import type { Keys, Manifest } from '../pack-format.ts'
import { type ByteSource, readZip, type Zip } from '../zip/read-zip.ts'
import { ZipRefused } from '../zip/zip-format.ts'
import { checkDisclosures, checkEvidence, checkReport } from './contents.ts'
import type { Examination, Examine } from './examination.ts'
import { checkKeys, fingerprintOf } from './keys.ts'
import { checkCheckpoint, checkLog } from './log.ts'
import { checkManifest, checkMembers } from './members.ts'
import { checkSignature } from './signature.ts'
import { type Check, type Problem, printable, type Verdict } from './verdict.ts'

export interface VerifyOptions {
  /** Keys that the auditor got by another way than the pack. Then any other key fails it. */
  readonly keys?: Keys
  /** `page` for the copy that `index.html` carries; `archive` unless told. */
  readonly form?: 'archive' | 'page'
  /** Told of each check as it ends. */
  readonly onCheck?: (check: Check) => void
}

/** In this order; each may lean on what those before it established. */
const CHECKS: readonly { readonly name: string; readonly title: string; readonly examine: Examine }[] = [
  { name: 'members', title: 'The archive is well formed and complete', examine: checkMembers },
  { name: 'manifest', title: 'Every file is the one that the manifest lists', examine: checkManifest },
  { name: 'keys', title: 'The keys are the expected ones', examine: checkKeys },
  { name: 'signature', title: 'The manifest is signed', examine: checkSignature },
  { name: 'checkpoint', title: 'The state of the log is signed', examine: checkCheckpoint },
  { name: 'log', title: 'The records are those that the log commits to', examine: checkLog },
  { name: 'disclosures', title: 'Opened values are the recorded ones', examine: checkDisclosures },
  { name: 'evidence', title: 'The evidence is unchanged', examine: checkEvidence },
  { name: 'report', title: 'The report is about this log', examine: checkReport },
]

/**
 * Verifies an evidence pack with nothing but its bytes and, if given, pinned keys. Never throws for what a pack may
 * hold: whatever is wrong with it is a problem in the answer.
 */
export async function verifyPack(source: ByteSource, options: VerifyOptions = {}): Promise<Verdict> {
  const problems = problemList()
  const checks: Check[] = []
  const zip = await open(source, problems.found)
  const examination: Examination | undefined = zip && {
    zip,
    form: options.form ?? 'archive',
    pinned: options.keys,
    found: problems.found,
  }
  for (const { name, title, examine } of CHECKS) {
    // an archive that cannot be opened is the fault of the first check
    const before = checks.length === 0 ? 0 : problems.count()
    const answer = examination && (await examine(examination))
    const check: Check = { name, title, ...outcome(answer, problems.count() - before, problems.latest()) }
    checks.push(check)
    options.onCheck?.(check)
  }
  return verdictOf(examination, options, checks, problems)
}

function outcome(
  answer: string | undefined,
  faults: number,
  latest: Problem | undefined,
): Pick<Check, 'status' | 'detail'> {
  if (faults > 1) return { status: 'fail', detail: `${faults} problems, the last: ${latest?.message ?? ''}` }
  if (faults === 1) return { status: 'fail', detail: latest?.message ?? '' }
  if (answer === undefined) return { status: 'unknown', detail: 'not checked: what it needs is missing or wrong' }
  return { status: 'pass', detail: answer }
}

async function open(source: ByteSource, found: (problem: Problem) => void): Promise<Zip | undefined> {
  try {
    return await readZip(source)
  } catch (error) {
    if (!ZipRefused.is(error)) throw error
    const member = error.facts['member']
    const where = typeof member === 'string' ? { member } : {}
    found({ code: `zip_${error.facts['reason']}`, ...where, message: error.message })
    return undefined
  }
}

interface ProblemList {
  readonly found: (problem: Problem) => void
  readonly count: () => number
  readonly latest: () => Problem | undefined
  readonly kept: readonly Problem[]
}

function problemList(): ProblemList {
  const kept: Problem[] = []
  let count = 0
  let latest: Problem | undefined
  return {
    found: (problem) => {
      const { member } = problem
      latest = {
        ...problem,
        ...(member === undefined ? {} : { member: printable(member) }),
        message: printable(problem.message, 400),
      }
      count++
      if (kept.length < 100) kept.push(latest)
    },
    count: () => count,
    latest: () => latest,
    kept,
  }
}

function verdictOf(
  examination: Examination | undefined,
  options: VerifyOptions,
  checks: readonly Check[],
  problems: ProblemList,
): Verdict {
  const { manifest, keys, checkpoint } = examination ?? {}
  const whole = problems.count() === 0 && checks.every(({ status }) => status === 'pass')
  return {
    result: whole ? 'verified' : 'failed',
    trust: options.keys === undefined ? 'unpinned' : 'pinned',
    fingerprint: keys === undefined ? null : fingerprintOf(keys),
    origin: manifest?.origin ?? null,
    size: checkpoint?.size ?? null,
    root: checkpoint === undefined ? null : toHex(checkpoint.root),
    completeness: manifest?.completeness ?? null,
    about: manifest === undefined ? null : aboutOf(manifest),
    preparedBy: manifest === undefined ? null : printable(manifest.preparedBy),
    preparedAt: manifest?.preparedAt ?? null,
    checks,
    problems: problems.kept,
    problemsOmitted: problems.count() - problems.kept.length,
  }
}

function aboutOf({ scope, period: { from, to } }: Manifest): string {
  const ends = [...(from === null ? [] : [`from ${from}`]), ...(to === null ? [] : [`before ${to}`])]
  return `${scope.kind} ${printable(scope.name)}${ends.length === 0 ? '' : `, merged ${ends.join(', ')}`}`
}
