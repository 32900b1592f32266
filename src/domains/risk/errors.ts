import { defineError } from '#platform/errors.ts'

export const RulesTooSlow = defineError<object>(
  'rules_too_slow',
  422,
  () => 'these patterns take too long on these paths',
  'ask about fewer paths at once, or write patterns with fewer wildcards',
)
