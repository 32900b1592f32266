import { z } from 'zod'
import { type AuditEvent, defineEvent } from '#kernel/ledger'

const AccessDenied = defineEvent(
  'access.denied',
  z.object({
    action: z.string(),
    resourceType: z.string(),
    determining: z.array(z.string()),
    missing: z.array(z.string()),
    errors: z.array(z.string()),
    policyRevision: z.string(),
  }),
  { description: 'the policies of roles denied somebody an action' },
)
export const authorityEvents = [AccessDenied]

export interface Denial {
  readonly action: string
  readonly resource: { readonly type: string; readonly id: string }
  readonly determining: readonly string[]
  readonly missing: readonly string[]
  readonly errors: readonly string[]
  readonly policyRevision: string
}

export function accessDenied({ resource, action, policyRevision, ...lists }: Denial): AuditEvent {
  const cut = (list: readonly string[]) => list.slice(0, 10).map((one) => one.slice(0, 200))
  return AccessDenied({
    targets: [{ type: resource.type.replace(/(?<!^)(?=[A-Z])/g, '-').toLowerCase(), id: resource.id }],
    data: {
      action,
      resourceType: resource.type,
      policyRevision,
      determining: cut(lists.determining),
      missing: cut(lists.missing),
      errors: cut(lists.errors),
    },
  })
}
