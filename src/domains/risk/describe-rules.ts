import { z } from 'zod'
import { setAsideByName } from '#domains/changes'
import { builtInRules } from './built-in-rules.ts'
import { createPathJudge } from './judge-path.ts'
import { DataLevel, RegulatoryImpact } from './matrix.ts'
import {
  type PathFactor,
  RulesProblem as Problem,
  type RepositoryRules,
  RiskDefaults,
  type RulesProblem,
} from './rules.ts'

const names = z.array(z.string()).optional()
const levels = {
  dataSensitivity: DataLevel.optional(),
  systemCriticality: DataLevel.optional(),
  regulatoryImpact: RegulatoryImpact.optional(),
}

/** A rule as people read it, whoever made it. */
export const DescribedRule = z
  .object({
    id: z.string(),
    /** `built-in`, or the file that has it. */
    source: z.string(),
    /** `set`: it says the value, up or down. */
    effect: z.enum(['raise', 'lower', 'set']),
    about: z.string().optional(),
    category: z.string().optional(),
    words: names,
    folders: names,
    paths: names,
    classes: names,
    unless: names,
    except: names,
    ...levels,
  })
  .meta({ id: 'RiskRule' })
export type DescribedRule = z.infer<typeof DescribedRule>

export const DescribedRules = z.object({
  source: z.string(),
  state: z.enum(['absent', 'read', 'wrong']),
  problems: z.array(Problem),
  defaults: RiskDefaults,
  /** The repository's first, as they go before the built-in ones. */
  rules: z.array(DescribedRule),
})
export type DescribedRules = z.infer<typeof DescribedRules>

const FactorOfPath = z.object({ value: z.string(), rule: z.string().nullable() })

/** What the rules say of one path. */
export const JudgedPath = z
  .object({
    path: z.string(),
    rules: z.array(z.string()),
    categories: z.array(z.string()),
    dataSensitivity: FactorOfPath,
    systemCriticality: FactorOfPath,
    regulatoryImpact: FactorOfPath,
  })
  .meta({ id: 'JudgedPath' })
export type JudgedPath = z.infer<typeof JudgedPath>

export function describeRules({
  rules,
  problems,
}: {
  rules: RepositoryRules
  problems: readonly RulesProblem[]
}): DescribedRules {
  const own = rules.paths.map(
    ({ match, reason, ...rule }): DescribedRule => ({
      ...rule,
      source: rules.source,
      effect: 'set',
      paths: match,
      ...(reason === undefined ? {} : { about: reason }),
    }),
  )
  const { source, state, defaults } = rules
  return { source, state, problems: [...problems], defaults, rules: [...own, ...builtInDescribed()] }
}

/** Says what the rules say of a path; a file that only its contents tell to be binary counts as one that is not. */
export function pathsJudge(rules: RepositoryRules): (path: string) => JudgedPath {
  const judge = createPathJudge(rules)
  return (path) => {
    const { categories, factors, rules: matched } = judge(path, setAsideByName(path) ?? 'counted')
    const told = (factor: PathFactor) => ({ value: factors[factor].value, rule: factors[factor].rule ?? null })
    return {
      path,
      rules: [...matched],
      categories: [...categories],
      dataSensitivity: told('dataSensitivity'),
      systemCriticality: told('systemCriticality'),
      regulatoryImpact: told('regulatoryImpact'),
    }
  }
}

function builtInDescribed(): DescribedRule[] {
  const copy = (list: readonly string[] | undefined) => (list === undefined ? undefined : [...list])
  return builtInRules.map(({ words, folders, paths, classes, unless, except, ...rule }) => ({
    ...rule,
    source: 'built-in',
    ...(rule.effect === 'raise' ? { category: rule.id } : {}),
    words: copy(words),
    folders: copy(folders),
    paths: copy(paths),
    classes: copy(classes),
    unless: copy(unless),
    except: copy(except),
  }))
}
