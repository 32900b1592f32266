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

export const PeriodInvalid = defineError<{ from: string; to: string }>(
  'period_invalid',
  400,
  ({ from, to }) => `a period goes from an earlier to a later moment, not from \`${from}\` to \`${to}\``,
  'give days such as 2026-01-01 or moments such as 2026-01-01T00:00:00Z; the end itself is not part of it',
)
export const PeriodEmpty = defineError<{ from: string | null; to: string | null }>(
  'period_empty',
  409,
  ({ from, to }) =>
    `no change of the repository was merged ${from === null ? '' : `from ${from} on `}${to === null ? '' : `before ${to}`}`.trim(),
  'choose another period; the list of changes says when each was merged',
)
export const PackTooLarge = defineError<{ what: string; max: number }>(
  'pack_too_large',
  422,
  ({ what, max }) => `the pack would have more than ${max} ${what}`,
  'choose a shorter period, and make several packs',
)
export const PacksWaiting = defineError<{ max: number }>(
  'packs_waiting',
  409,
  ({ max }) => `${max} packs of this repository are being made already`,
  'wait for one of them, or remove one',
)
export const PackNotFound = defineError<{ packId: string }>(
  'pack_not_found',
  404,
  ({ packId }) => `there is no pack \`${packId}\`; it may have been removed`,
  'list those that are there with `GET /v1/packs/made`',
)
export const PackNotReady = defineError<{ packId: string; state: string }>(
  'pack_not_ready',
  409,
  ({ packId, state }) => `pack \`${packId}\` cannot be downloaded: it is ${state}`,
  'ask `GET /v1/packs/{id}` how far it is; one that failed says why, and is to be asked for again',
)
export const PackFileGone = defineError<object>(
  'pack_file_gone',
  410,
  () => 'the file of this pack is not in the data folder any more',
  'make the pack anew; what it proved is in the log still',
)
