import { type Item, Status } from '#console'

export type GrantState = Item<'GET /v1/grants'>['state']

const states = {
  running: ['pass', 'running'],
  suspended: ['unknown', 'suspended'],
  rescinded: ['fail', 'taken away'],
  revoked: ['not_applicable', 'given back'],
  'access-ended': ['not_applicable', 'access ended'],
  expired: ['not_applicable', 'over'],
} as const

export function GrantStatus({ state }: { readonly state: GrantState }) {
  const [status, word] = states[state]
  return <Status status={status} word={word} />
}

export const tierWords = {
  'assistant-team': 'assistant of a team',
  'ide-integration': 'integration of an editor',
  'assistant-enterprise': 'enterprise assistant',
  'vetted-api': 'vetted API',
  other: 'other',
} as const
