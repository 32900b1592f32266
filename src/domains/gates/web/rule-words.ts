import type { Item } from '#console'

export type CountedRule = Item<'GET /v1/gates/merge/rules'>
/** A rule without what it said of changes. */
export type Rule = Omit<CountedRule, 'changes'>
export type Parameter = Rule['params'][number]

export const modeWords: Readonly<Record<Rule['mode'], string>> = {
  enforce: 'enforced',
  warn: 'warns only',
  audit: 'recorded only',
  off: 'not asked',
}

export const statuses = ['fail', 'error', 'unknown', 'excepted', 'pass', 'not_applicable'] as const
export type RuleStatus = (typeof statuses)[number]

export const statusWords: Readonly<Record<RuleStatus, string>> = {
  fail: 'fail',
  error: 'not answered',
  unknown: 'unknown',
  excepted: 'excepted',
  pass: 'pass',
  not_applicable: 'does not apply',
}

export function valueWords(value: Parameter['value']): string {
  if (!Array.isArray(value)) return String(value)
  return value.length === 0 ? 'none' : value.join(', ')
}

/** What a value may be: `0 to 100`, or the words that there are. */
export function boundWords({ min, max, oneOf }: Parameter): string {
  if (oneOf !== null) return `of ${oneOf.join(', ')}`
  if (min !== null && max !== null) return `${min} to ${max}`
  if (min !== null) return `${min} or more`
  return max === null ? 'any' : `at most ${max}`
}

export function isSet({ value, builtIn }: Parameter): boolean {
  return valueWords(value) !== valueWords(builtIn)
}

/** In words, what holds otherwise than the rule comes, and what a repository asks for and does not get. */
export function differencesOf({ mode, builtInMode, params, lowered }: Rule): string[] {
  return [
    ...(mode === builtInMode ? [] : [`${modeWords[mode]} here, ${modeWords[builtInMode]} as it comes`]),
    ...(lowered === null ? [] : [`the file asks for ${modeWords[lowered.asked]}: ${withoutEffect(lowered.by)}`]),
    ...params
      .filter(isSet)
      .map(({ name, value, builtIn }) => `${name} is ${valueWords(value)} here, ${valueWords(builtIn)} as it comes`),
    ...params.flatMap(({ name, lowered: asked }) =>
      asked === null ? [] : [`the file asks for ${name} ${valueWords(asked.asked)}: ${withoutEffect(asked.by)}`],
    ),
  ]
}

function withoutEffect({ scope, teamName }: NonNullable<Rule['lowered']>['by']): string {
  const whose = scope === 'organization' ? 'the organization' : `team ${teamName ?? scope}`
  return `without effect, by the policy settings of ${whose}`
}
