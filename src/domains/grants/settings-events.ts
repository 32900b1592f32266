import { z } from 'zod'
import { type AuditEvent, defineEvent } from '#kernel/ledger'
import type { SettingsBody } from './settings-model.ts'

/** The first of many tools, so that the entry has room; the digest is of all. */
const toolsMax = 100
const WhenUnknown = z.enum(['deny', 'allow-recorded'])
const content = z.object({
  digest: z.string(),
  replaces: z.int(),
  grantMinutes: z.int(),
  unknownTool: WhenUnknown,
  unknownTraining: WhenUnknown,
  unknownCharter: WhenUnknown,
  /** `name tier`. */
  tools: z.array(z.string()),
  toolsTotal: z.int(),
})
const answered = z.object({ digest: z.string(), approvalId: z.string() })

const SettingsProposed = defineEvent('grant-settings.proposed', content, {
  description:
    'somebody proposed how grants of AI tools are issued, and which tools are approved; another person decides',
})
const SettingsApproved = defineEvent(
  'grant-settings.approved',
  content.extend({ approvalId: z.string(), version: z.int() }),
  { description: 'how grants of AI tools are issued was approved by another person and is in force from now on' },
)
const SettingsRejected = defineEvent('grant-settings.rejected', answered, {
  description: 'a proposal of how grants of AI tools are issued was rejected',
})
const SettingsWithdrawn = defineEvent('grant-settings.withdrawn', z.object({ digest: z.string() }), {
  description: 'a proposal of how grants of AI tools are issued was withdrawn by who made it',
})
export const settingsEvents = [SettingsProposed, SettingsApproved, SettingsRejected, SettingsWithdrawn]

interface Proposed {
  readonly id: string
  readonly digest: string
  readonly settings: SettingsBody
  readonly replaces: number
}

const targets = (id: string) => [{ type: 'grant-settings', id }]

function shown({ digest, settings, replaces }: Proposed) {
  const { tools, ...rest } = settings
  const named = tools.slice(0, toolsMax).map(({ name, tier }) => `${name} ${tier}`)
  return { digest, replaces, ...rest, tools: named, toolsTotal: tools.length }
}

export function settingsProposed(proposed: Proposed, reason: string): AuditEvent {
  return SettingsProposed({ targets: targets(proposed.id), data: shown(proposed), justification: reason })
}

export function settingsApproved(proposed: Proposed & { readonly version: number }, approvalId: string): AuditEvent {
  const { id, version } = proposed
  return SettingsApproved({ targets: targets(id), data: { ...shown(proposed), approvalId, version } })
}

export function settingsRejected(id: string, digest: string, approvalId: string): AuditEvent {
  return SettingsRejected({ targets: targets(id), data: { digest, approvalId } })
}

export function settingsWithdrawn(id: string, digest: string): AuditEvent {
  return SettingsWithdrawn({ targets: targets(id), data: { digest } })
}
