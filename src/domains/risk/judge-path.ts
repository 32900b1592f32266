import { matchesPattern } from '#platform/glob.ts'
import { type BuiltInRule, builtInRules } from './built-in-rules.ts'
import { dataLevels, points, regulatoryImpacts } from './matrix.ts'
import { wordsOf } from './path-words.ts'
import type { PathFactor, PathRule, RepositoryRules, RiskDefaults } from './rules.ts'

/** What the rules say of one file. */
export interface PathVerdict {
  /** Sensitive kinds of files that it is of: built-in raising rules, and categories of the repository's rules. */
  readonly categories: readonly string[]
  /** Ids of every rule that matches. */
  readonly rules: readonly string[]
  readonly factors: { readonly [F in PathFactor]: FactorVerdict<F> }
  /** Whether a built-in lowering rule fits: text, tests, examples, translations. */
  readonly isLowered: boolean
}

export interface FactorVerdict<F extends PathFactor> {
  readonly value: RiskDefaults[F]
  /** The rule that decided; undefined: none did, the value is the default. */
  readonly rule: string | undefined
  readonly reason: string | undefined
}

export type PathJudge = (path: string, kind: string) => PathVerdict

/** Verdicts that one judge remembers: most changes of a history touch the same few files. */
const rememberedMax = 20_000

/**
 * Says of a file what the rules say. A value is the highest of the repository's rules that match and name the factor; else
 * the highest of the built-in raising rules, but never below the default; else that of a lowering rule; else the default.
 */
export function createPathJudge(rules: RepositoryRules): PathJudge {
  const known = new Map<string, PathVerdict>()
  return (path, kind) => {
    const key = `${kind}\0${path}`
    const found = known.get(key)
    if (found !== undefined) return found
    const verdict = judge(rules, path, kind)
    if (known.size < rememberedMax) known.set(key, verdict)
    return verdict
  }
}

/** Whether `a` is higher than `b`. */
export function isHigher<F extends PathFactor>(factor: F, a: RiskDefaults[F], b: RiskDefaults[F]): boolean {
  return pointsOf(factor, a) > pointsOf(factor, b)
}

/** The highest value of the factor. */
export function highest<F extends PathFactor>(factor: F): RiskDefaults[F] {
  const all = factor === 'regulatoryImpact' ? regulatoryImpacts : dataLevels
  // the last of the factor's own list
  return all.at(-1) as RiskDefaults[F]
}

function pointsOf<F extends PathFactor>(factor: F, value: RiskDefaults[F]): number {
  // value and factor fit by the type of this function, which the union inside does not show
  return (points[factor] as (value: RiskDefaults[F]) => number)(value)
}

interface NamedRule {
  readonly name: string
  readonly rule: Pick<PathRule, PathFactor | 'reason'>
}

function judge(rules: RepositoryRules, path: string, kind: string): PathVerdict {
  const own = rules.paths.filter((rule) => rule.match.some((pattern) => matchesPattern(pattern, path)))
  const builtIn = builtInRulesOf(path, kind)
  const named = {
    own: own.map((rule): NamedRule => ({ name: `${rule.id} of ${rules.source}`, rule })),
    raising: builtIn.filter(({ effect }) => effect === 'raise').map(fromBuiltIn),
    lowering: builtIn.filter(({ effect }) => effect === 'lower').map(fromBuiltIn),
  }
  const verdictOf = <F extends PathFactor>(factor: F): FactorVerdict<F> => decide(factor, named, rules.defaults)
  return {
    categories: [...new Set([...own.flatMap(({ category }) => category ?? []), ...named.raising.map(({ id }) => id)])],
    rules: [...own.map(({ id }) => id), ...builtIn.map(({ id }) => id)],
    factors: {
      dataSensitivity: verdictOf('dataSensitivity'),
      systemCriticality: verdictOf('systemCriticality'),
      regulatoryImpact: verdictOf('regulatoryImpact'),
    },
    isLowered: named.lowering.length > 0,
  }
}

function fromBuiltIn(rule: BuiltInRule): NamedRule & { id: string } {
  return { id: rule.id, name: `built-in ${rule.id}`, rule }
}

function decide<F extends PathFactor>(
  factor: F,
  rules: { own: readonly NamedRule[]; raising: readonly NamedRule[]; lowering: readonly NamedRule[] },
  defaults: RiskDefaults,
): FactorVerdict<F> {
  const own = strongest(factor, rules.own)
  if (own !== undefined) return own
  const byDefault = { value: defaults[factor], rule: undefined, reason: undefined }
  const raising = strongest(factor, rules.raising)
  if (raising !== undefined) return isHigher(factor, byDefault.value, raising.value) ? byDefault : raising
  // A kind that matters more in one respect does not matter less in another.
  if (rules.raising.length > 0) return byDefault
  return strongest(factor, rules.lowering) ?? byDefault
}

function strongest<F extends PathFactor>(factor: F, rules: readonly NamedRule[]): FactorVerdict<F> | undefined {
  let found: FactorVerdict<F> | undefined
  for (const { name, rule } of rules) {
    const value = rule[factor] as RiskDefaults[F] | undefined
    if (value === undefined || (found !== undefined && !isHigher(factor, value, found.value))) continue
    found = { value, rule: name, reason: rule.reason }
  }
  return found
}

interface CompiledRule {
  readonly rule: BuiltInRule
  readonly words: readonly string[]
  readonly folders: ReadonlySet<string>
  readonly fits: PathTest
  readonly isLeftOut: PathTest
}

type PathTest = (path: string, name: string) => boolean

// Lowering rules first: those that raise ask which of them fit.
const compiled: readonly CompiledRule[] = builtInRules
  .toSorted((a, b) => Number(a.effect === 'raise') - Number(b.effect === 'raise'))
  .map((rule) => ({
    rule,
    words: rule.words ?? [],
    folders: new Set(rule.folders),
    fits: compile(rule.paths ?? []),
    isLeftOut: compile(rule.unless ?? []),
  }))

/** The built-in rules that fit a path, for files of a class. */
export function builtInRulesOf(path: string, kind: string): BuiltInRule[] {
  const lower = path.toLowerCase()
  const folders = lower.split('/')
  const name = folders.pop() ?? ''
  const words = wordsOf(path)
  const found: BuiltInRule[] = []
  for (const { rule, ...one } of compiled) {
    const fits =
      one.words.some((word) => words.has(word)) ||
      folders.some((folder) => one.folders.has(folder)) ||
      one.fits(lower, name) ||
      rule.classes?.includes(kind) === true
    if (!fits || one.isLeftOut(lower, name)) continue
    if (!found.some(({ id }) => rule.except?.includes(id) === true)) found.push(rule)
  }
  return found
}

/** For patterns of ours, which are short and have few stars; a repository's own are matched one by one. */
function compile(patterns: readonly string[]): PathTest {
  const ofPath = toRegExp(patterns.filter((pattern) => pattern.includes('/')))
  const ofName = toRegExp(patterns.filter((pattern) => !pattern.includes('/')))
  return (path, name) => ofName?.test(name) === true || ofPath?.test(path) === true
}

function toRegExp(patterns: readonly string[]): RegExp | undefined {
  if (patterns.length === 0) return undefined
  const parts = patterns.map((pattern) =>
    pattern
      .replace(/^\//, '')
      .replaceAll(/[.+^$(){}|[\]\\]/g, '\\$&')
      .replaceAll(/\*\*\/|\/\*\*$|\*/g, (star) => (star === '*' ? '[^/]*' : star === '/**' ? '/.*' : '(?:.*/)?')),
  )
  return new RegExp(`^(?:${parts.join('|')})$`, 's')
}
