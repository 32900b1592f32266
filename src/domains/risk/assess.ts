import type { Change, ChangedFile } from '#domains/changes'
import { complexityOf, type Measures } from './complexity.ts'
import { controlsFor } from './controls.ts'
import { createPathJudge, highest, isHigher, type PathJudge, type PathVerdict } from './judge-path.ts'
import { type Complexity, levelOf, multiplier, points } from './matrix.ts'
import type { Assessment, Factor, FactorSource } from './model.ts'
import { lookedAt } from './people.ts'
import type { PathFactor, RepositoryRules, RiskDefaults } from './rules.ts'

export interface RiskInput {
  readonly change: Change
  /** Those of the commit that the change was merged to, so that it cannot loosen its own. */
  readonly rules: RepositoryRules
  /** Whether the repository keeps AI records, so that a change without one lacks something. */
  readonly keepsRecords: boolean
  /** What evidence of the pull request says; `unknown` without such evidence: then what git tells counts. */
  readonly review: Review
  /** The author's own statement in the pull request. */
  readonly aiStatement?: AiStatement | undefined
}
export type Review = 'reviewed' | 'not_reviewed' | 'unknown'
export type AiStatement = 'none' | 'assisted' | 'generated'

const categoriesMax = 50

/** The risk of a change, with the reason of every factor. A pure function of its input. */
export function assess(input: RiskInput): Assessment {
  return createAssessor(input.rules)(input)
}

/** `assess` for many changes under the same rules; remembers what these say of a path. */
export function createAssessor(rules: RepositoryRules): (input: Omit<RiskInput, 'rules'>) => Assessment {
  const judge = createPathJudge(rules)
  return (input) => assessWith(judge, { ...input, rules })
}

function assessWith(judge: PathJudge, input: RiskInput): Assessment {
  const files = judgeFiles(judge, input.change)
  const dataSensitivity = pathFactor('dataSensitivity', files, input.rules)
  const systemCriticality = pathFactor('systemCriticality', files, input.rules)
  const regulatoryImpact = pathFactor('regulatoryImpact', files, input.rules)
  const complexity = complexityOf(measure(files))
  const ai = aiFactor(input)
  const review = reviewFactor(input)
  const fixed = points.aiComplexity(complexity.value)
  const sum = (end: Case) =>
    points.dataSensitivity(dataSensitivity[end]) +
    points.systemCriticality(systemCriticality[end]) +
    points.regulatoryImpact(regulatoryImpact[end]) +
    fixed
  const hundredths = (end: Case) => sum(end) * multiplier(ai[end], !review[end])
  const used = hundredths('used')
  const level = levelOf(used)
  const categories = categoriesOf(files)
  return {
    score: { used: used / 100, low: hundredths('low') / 100, high: hundredths('high') / 100 },
    level,
    factors: [
      pathFactorShown('dataSensitivity', dataSensitivity, points.dataSensitivity(dataSensitivity.used)),
      pathFactorShown('systemCriticality', systemCriticality, points.systemCriticality(systemCriticality.used)),
      pathFactorShown('regulatoryImpact', regulatoryImpact, points.regulatoryImpact(regulatoryImpact.used)),
      complexityShown(complexity),
      multiplierShown('aiGenerated', ai, ['generated', 'not_generated'], 1.2),
      multiplierShown('humanReviewed', review, ['not_reviewed', 'reviewed'], 1.5),
    ],
    categories,
    ...controlsFor({
      level,
      regulatoryImpact: regulatoryImpact.used,
      isAiGenerated: ai.used,
      isSensitive: categories.length > 0,
    }),
  }
}

/** The best case, the one that counts, and the worst. */
type Case = 'low' | 'used' | 'high'

interface Judged<V> {
  readonly low: V
  readonly used: V
  readonly high: V
  readonly source: FactorSource
  readonly reason: string
}

interface JudgedFile {
  readonly path: string
  readonly kind: ChangedFile['class']
  /** The place that a moved file left. */
  readonly isLeft: boolean
  readonly counted: number
  readonly decisions: number | undefined
  readonly verdict: PathVerdict
}

/** Every file, and for one that was moved the place that it left: both are touched. */
function judgeFiles(judge: PathJudge, change: Change): JudgedFile[] {
  return change.files.flatMap((file) => {
    const { path, previousPath, counted, decisions } = file
    const net = decisions === undefined ? undefined : decisions.added - decisions.removed
    const { class: kind } = file
    const here = { path, kind, isLeft: false, counted, decisions: net, verdict: judge(path, kind) }
    if (previousPath === undefined) return [here]
    const verdict = judge(previousPath, kind)
    return [here, { path: previousPath, kind, isLeft: true, counted: 0, decisions: undefined, verdict }]
  })
}

function pathFactor<F extends PathFactor>(
  factor: F,
  files: readonly JudgedFile[],
  rules: RepositoryRules,
): Judged<RiskDefaults[F]> {
  const decided = highestOf(factor, files, rules)
  const top = highest(factor)
  if (rules.state !== 'wrong' || decided.value === top) {
    return { low: decided.value, used: decided.value, high: decided.value, ...decided }
  }
  // What the file would have said is not known: nothing that it could have said is higher than this.
  const reason = `\`${rules.source}\` has mistakes, so what it says of these files is not known`
  return { low: decided.value, used: top, high: top, source: 'unknown', reason }
}

function highestOf<F extends PathFactor>(factor: F, files: readonly JudgedFile[], rules: RepositoryRules) {
  let found: { path: string; verdict: PathVerdict } | undefined
  for (const file of files) {
    if (found === undefined || outweighs(factor, file.verdict, found.verdict)) found = file
  }
  if (found === undefined) return byDefault(factor, rules, 'no file is changed')
  const { value, rule, reason } = found.verdict.factors[factor]
  if (rule === undefined) return byDefault(factor, rules, `no rule sets it for \`${shown(found.path)}\``)
  const why = reason === undefined ? '' : ` (${reason})`
  return { value, source: 'derived' as const, reason: `${rule}${why}: \`${shown(found.path)}\`` }
}

/** The higher value; of equal ones that which a rule gave, as it says more. */
function outweighs(factor: PathFactor, a: PathVerdict, b: PathVerdict): boolean {
  const [one, other] = [a.factors[factor], b.factors[factor]]
  if (isHigher(factor, one.value, other.value)) return true
  return one.value === other.value && one.rule !== undefined && other.rule === undefined
}

function byDefault<F extends PathFactor>(factor: F, rules: RepositoryRules, why: string) {
  const of = rules.state === 'read' ? `the default of \`${rules.source}\`` : 'the default'
  return { value: rules.defaults[factor], source: 'default' as const, reason: `${of}: ${why}` }
}

/**
 * What tools wrote is left out. Texts, tests and the like do not make code complex; where nothing else is changed, they
 * are what is measured.
 */
function measure(files: readonly JudgedFile[]): Measures {
  const here = files.filter(({ isLeft, kind }) => !isLeft && kind !== 'generated' && kind !== 'lock')
  const code = here.filter(({ verdict }) => !verdict.isLowered)
  const measured = code.length > 0 ? code : here
  const known = measured.flatMap(({ decisions }) => decisions ?? [])
  return {
    lines: sumOf(measured.map(({ counted }) => counted)),
    files: measured.length,
    folders: new Set(measured.map(({ path }) => path.slice(0, Math.max(0, path.indexOf('/'))))).size,
    decisions: known.length === 0 ? undefined : Math.max(0, sumOf(known)),
  }
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0)
}

function aiFactor({ change, keepsRecords, aiStatement }: RiskInput): Judged<boolean> {
  const { lines, commits, automation } = change.attribution
  const known = (value: boolean, reason: string) =>
    ({ low: value, used: value, high: value, source: 'derived', reason }) as const
  if (lines.attested > 0) return known(true, `records attest ${lines.attested} lines to AI`)
  if (commits.attested > 0) return known(true, `records attest ${commits.attested} commits to AI`)
  if (lines.declared + commits.declared > 0) return known(true, `${commits.declared} commits declare an AI tool`)
  if (aiStatement === 'assisted' || aiStatement === 'generated') {
    return known(true, `the pull request states AI: ${aiStatement}`)
  }
  if (lines.total > 0 && lines.humanAttested === lines.total) return known(false, 'records attest every line to people')
  if (aiStatement === 'none') return known(false, 'the pull request states that no AI took part')
  if (commits.total > 0 && automation.commits === commits.total) {
    return known(false, 'made by a machine that is no AI')
  }
  const doubt = (reason: string) => ({ low: false, used: true, high: true, source: 'unknown', reason }) as const
  if (lines.hinted + commits.hinted > 0) return doubt('something hints at AI and nothing states it')
  if (keepsRecords) return doubt('the repository keeps AI records and has none that names these lines')
  return { low: false, used: false, high: true, source: 'default', reason: 'nothing states AI and no records are kept' }
}

/** Here true is the bad case: not reviewed. */
function reviewFactor({ change, review }: RiskInput): Judged<boolean> {
  const known = (value: boolean, reason: string) =>
    ({ low: value, used: value, high: value, source: 'derived', reason }) as const
  if (review === 'reviewed') return known(false, 'the pull request has the approval of a human who is not its author')
  const told = lookedAt(change)
  if (told === 'reviewer_named') return known(false, 'the message names a human reviewer who is no author')
  if (review === 'not_reviewed') return known(true, 'the pull request was merged without approval of another human')
  if (told === 'merged_by_another') return known(false, 'a human who is no author merged it')
  return { low: false, used: true, high: true, source: 'unknown', reason: 'neither evidence nor git names a reviewer' }
}

function categoriesOf(files: readonly JudgedFile[]): Assessment['categories'] {
  const all = files.flatMap(({ path, verdict }) => verdict.categories.map((category) => ({ path, category })))
  return all.slice(0, categoriesMax)
}

function pathFactorShown(name: PathFactor, { used, source, reason }: Judged<string>, given: number): Factor {
  return { name, value: used, points: given, source, reason }
}

function complexityShown({ value, reason }: { value: Complexity; reason: string }): Factor {
  return { name: 'aiComplexity', value, points: points.aiComplexity(value), source: 'derived', reason }
}

function multiplierShown(
  name: 'aiGenerated' | 'humanReviewed',
  { used, source, reason }: Judged<boolean>,
  [bad, good]: readonly [string, string],
  factor: number,
): Factor {
  return { name, value: used ? bad : good, multiplier: used ? factor : 1, source, reason }
}

/** Paths come from a repository that may be hostile, and reasons are read by people. */
function shown(path: string): string {
  return path.replaceAll(/\p{C}/gu, '\ufffd').slice(0, 300)
}
