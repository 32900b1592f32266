import { z } from 'zod'
import { type AuditEvent, defineEvent } from '#kernel/ledger'

const AuthzenDecided = defineEvent(
  'authzen.decided',
  z.object({
    /** Null where it is none of ours, as everything that a gateway may send. */
    action: z.string().max(100).nullable(),
    subjectType: z.enum(['user', 'agent', 'service']).nullable(),
    resourceType: z.string().max(100).nullable(),
    decision: z.enum(['allow', 'deny']),
    determining: z.array(z.string().max(140)).max(10),
    errors: z.array(z.string().max(200)).max(5),
    policyRevision: z.string().max(80),
  }),
  { description: 'a gateway asked by AuthZEN whether somebody may do something', operation: 'authzen.decide' },
)
const AuthzenSearched = defineEvent(
  'authzen.searched',
  z.object({ what: z.enum(['subject', 'resource', 'action']), found: z.int() }),
  { description: 'a gateway asked by AuthZEN who may do something, to what, or what somebody may do' },
)
export const authzenEvents = [AuthzenDecided, AuthzenSearched]

/** A decision as it is told of: only what is known here is named. */
export interface Told {
  readonly subject: { readonly type: 'user' | 'agent' | 'service'; readonly id: string } | undefined
  readonly action: string | undefined
  readonly resource: { readonly type: string; readonly id: string } | undefined
  readonly decision: 'allow' | 'deny'
  readonly determining: readonly string[]
  readonly errors: readonly string[]
  readonly policyRevision: string
}

export function authzenDecided({ subject, action, resource, ...rest }: Told): AuditEvent {
  const things = [subject, resource].filter((one) => one !== undefined)
  return AuthzenDecided({
    targets: things.map(({ type, id }) => ({ type: type.replace(/(?<!^)(?=[A-Z])/g, '-').toLowerCase(), id })),
    data: {
      action: action ?? null,
      subjectType: subject?.type ?? null,
      resourceType: resource?.type ?? null,
      decision: rest.decision,
      determining: rest.determining.slice(0, 10),
      errors: rest.errors.slice(0, 5).map((one) => one.slice(0, 200)),
      policyRevision: rest.policyRevision,
    },
  })
}

export function authzenSearched(what: 'subject' | 'resource' | 'action', found: number): AuditEvent {
  return AuthzenSearched({ data: { what, found } })
}
