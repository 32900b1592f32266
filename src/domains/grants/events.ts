import { z } from 'zod'
import { type AuditEvent, defineEvent, sealed } from '#kernel/ledger'
import type { GrantRow } from './store.ts'
import type { ToolAccess } from './tool-access.ts'

const place = { repositoryId: z.string().nullable(), teamId: z.string().nullable() }
/** What was known when the policies were asked. */
const standing = {
  status: z.enum(['approved', 'refused', 'unknown']),
  tier: z.string(),
  charter: z.enum(['acknowledged', 'grace', 'overdue', 'unknown']),
  training: z.enum(['complete', 'missing', 'unknown']),
  settingsVersion: z.int(),
  policies: z.array(z.string()),
  policyRevision: z.string(),
}
const asked = z.object({ tool: z.string(), ...place, ...standing })

const GrantIssued = defineEvent('grant.issued', asked.extend({ expiresAt: z.iso.datetime() }), {
  description: 'somebody was granted the use of a tool until then; the justification commits to what for',
})
const GrantDenied = defineEvent(
  'grant.denied',
  asked.extend({ codes: z.array(z.string()), missing: z.array(z.string()), errors: z.array(z.string()) }),
  { description: 'somebody asked for a tool, or for more time with one, and the policies denied it' },
)
const GrantExtended = defineEvent('grant.extended', asked.extend({ expiresAt: z.iso.datetime() }), {
  description: 'a grant was extended by its holder, after the policies were asked again; that is possible once',
})
const bare = z.object({ tool: z.string() })
const GrantRevoked = defineEvent('grant.revoked', bare, { description: 'somebody gave a grant of their own back' })
const GrantRescinded = defineEvent('grant.rescinded', bare, {
  description: 'security took a grant away; its holder gets no other of that tool until it is restored',
})
const GrantRestored = defineEvent('grant.restored', bare.extend({ isRunning: z.boolean() }), {
  description: 'security restored a grant that was rescinded; it runs again unless its time is over',
})
const GrantEnded = defineEvent('grant.ended', bare.extend({ cause: z.literal('access-ended') }), {
  description: 'a grant that ran ended because its holder lost all access',
})
export const grantEvents = [
  GrantIssued,
  GrantDenied,
  GrantExtended,
  GrantRevoked,
  GrantRescinded,
  GrantRestored,
  GrantEnded,
]

export interface AskedFor {
  readonly userId: string
  readonly tool: string
  readonly repositoryId: string | null
  readonly teamId: string | null
  /** What they said it is for. */
  readonly purpose: string
  /** Of the grant that is issued or was to be extended. */
  readonly grantId?: string
}

export function grantIssued(asked: AskedFor, access: ToolAccess, expiresAt: Date): AuditEvent {
  return GrantIssued(decided(asked, access, { expiresAt: expiresAt.toISOString() }))
}

export function grantExtended(asked: AskedFor, access: ToolAccess, expiresAt: Date): AuditEvent {
  return GrantExtended(decided(asked, access, { expiresAt: expiresAt.toISOString() }))
}

export function grantDenied(asked: AskedFor, access: ToolAccess): AuditEvent {
  const { codes, answer } = access
  const cut = (list: readonly string[]) => list.slice(0, 10).map((one) => one.slice(0, 200))
  const missing = cut(answer.missing.map((one) => `${one.policy}: ${one.unmet.join('; ')}`))
  return GrantDenied(decided(asked, access, { codes: [...codes], missing, errors: cut(answer.errors) }))
}

function decided<T extends object>(asked: AskedFor, { answer, standing, settingsVersion }: ToolAccess, more: T) {
  const { userId, tool, repositoryId, teamId, purpose, grantId } = asked
  return {
    targets: [{ type: 'user', id: userId }, ...(grantId === undefined ? [] : [{ type: 'grant', id: grantId }])],
    data: {
      ...{ tool, repositoryId, teamId, ...standing, settingsVersion },
      policies: answer.determining.map((one) => one.id),
      policyRevision: answer.revision,
      ...more,
    },
    justification: sealed.text('justification', purpose, userId),
  }
}

type Named = Pick<GrantRow, 'id' | 'user_id' | 'tool'>

export function grantRevoked(row: Named): AuditEvent {
  return GrantRevoked({ targets: targets(row), data: { tool: row.tool } })
}

export function grantRescinded(row: Named, reason: string): AuditEvent {
  return GrantRescinded({ targets: targets(row), data: { tool: row.tool }, justification: reason })
}

export function grantRestored(row: Named, isRunning: boolean, reason: string): AuditEvent {
  return GrantRestored({ targets: targets(row), data: { tool: row.tool, isRunning }, justification: reason })
}

export function grantEnded(row: Named): AuditEvent {
  return GrantEnded({ targets: targets(row), data: { tool: row.tool, cause: 'access-ended' } })
}

function targets({ id, user_id }: Named) {
  return [
    { type: 'user', id: user_id },
    { type: 'grant', id },
  ]
}
