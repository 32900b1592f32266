import { z } from 'zod'
import { type AuditEvent, defineEvent } from '#kernel/ledger'
import { type Difference, valueText } from './differences.ts'

/** The first of many changes, so that the entry has room; the digests are of all. */
const shownMax = 40

const content = z.object({
  scope: z.string().max(100),
  /** Digests of the settings before and after, as canonical JSON. */
  before: z.string(),
  after: z.string(),
  /** Each with its text before and after; null where it was or is not set. */
  changes: z
    .array(z.object({ setting: z.string(), before: z.string().nullable(), after: z.string().nullable() }))
    .max(shownMax),
  changesTotal: z.int(),
})

const SettingsChanged = defineEvent(
  'policy-settings.changed',
  content.extend({ revision: z.int(), approvalId: z.string().nullable() }),
  {
    description:
      'the organization or a team made rules stricter than their packs, or took such settings back; the justification commits to why',
  },
)
const SettingsProposed = defineEvent('policy-settings.proposed', content, {
  description: 'somebody proposed to loosen the policy settings of the organization; another person decides',
})
const SettingsRejected = defineEvent(
  'policy-settings.rejected',
  z.object({ scope: z.string().max(100), digest: z.string(), approvalId: z.string() }),
  { description: 'a proposal to loosen the policy settings of the organization was rejected' },
)
const SettingsWithdrawn = defineEvent(
  'policy-settings.withdrawn',
  z.object({ scope: z.string().max(100), digest: z.string() }),
  { description: 'a proposal to loosen the policy settings of the organization was withdrawn by who made it' },
)

export const settingsEvents = [SettingsChanged, SettingsProposed, SettingsRejected, SettingsWithdrawn]

export interface SettingsChange {
  readonly scope: string
  readonly before: string
  readonly after: string
  readonly differences: readonly Difference[]
}

const targets = (scope: string) => [
  { type: 'policy-settings', id: scope },
  ...(scope === 'organization' ? [] : [{ type: 'team', id: scope }]),
]

function shown({ scope, before, after, differences }: SettingsChange) {
  const text = (value: Difference['before']) => (value === null ? null : valueText(value))
  const changes = differences
    .slice(0, shownMax)
    .map((one) => ({ setting: one.setting, before: text(one.before), after: text(one.after) }))
  return { scope, before, after, changes, changesTotal: differences.length }
}

interface Changed {
  readonly revision: number
  readonly reason: string
  readonly approval?: { readonly id: string; readonly recordId: string }
}

export function settingsChanged(change: SettingsChange, { revision, reason, approval }: Changed): AuditEvent {
  return SettingsChanged({
    targets: targets(change.scope),
    refs: approval === undefined ? [] : [approval.recordId],
    data: { ...shown(change), revision, approvalId: approval?.id ?? null },
    justification: reason,
  })
}

export function settingsProposed(change: SettingsChange, reason: string): AuditEvent {
  return SettingsProposed({ targets: targets(change.scope), data: shown(change), justification: reason })
}

export function settingsRejected(scope: string, digest: string, approvalId: string): AuditEvent {
  return SettingsRejected({ targets: targets(scope), data: { scope, digest, approvalId } })
}

export function settingsWithdrawn(scope: string, digest: string): AuditEvent {
  return SettingsWithdrawn({ targets: targets(scope), data: { scope, digest } })
}
