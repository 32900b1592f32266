import { defineError } from '#platform/errors.ts'

export const PackNotVerified = defineError<{ pack: string; problem: string }>(
  'pack_not_verified',
  422,
  ({ pack, problem }) => `\`${pack}\` is not verified, so nothing in it is believed: ${problem}`,
  '`countersign verify PACK` tells all that is wrong with it',
)
export const DecisionNotInPack = defineError<{ decisionId: string }>(
  'decision_not_in_pack',
  404,
  ({ decisionId }) => `the pack has no decision \`${decisionId}\``,
  'leave the id out to make all of its decisions again',
)
