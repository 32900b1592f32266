import { z } from 'zod'
import { type AuditEvent, committed, defineEvent, sealed } from '#kernel/ledger'
import { type RefusalReason, refusalReasons } from './refusals.ts'

const settings = z.object({
  issuer: z.string(),
  clientId: z.string(),
  hasSecret: z.boolean(),
  scopes: z.array(z.string()),
  matchClaim: z.string().nullable(),
  groupsClaim: z.string().nullable(),
  admitsUnknown: z.boolean(),
  isActive: z.boolean(),
  name: committed,
})

const IssuerAdded = defineEvent('issuer.added', settings, {
  description: 'an identity provider was set up: whom it signs in is somebody here',
})
const IssuerChanged = defineEvent('issuer.changed', settings.extend({ changed: z.array(z.string()) }), {
  description: 'these settings of an identity provider were changed; what holds now stands beside them',
})
const IssuerRemoved = defineEvent('issuer.removed', z.object({ issuer: z.string(), sessions: z.int() }), {
  description: 'an identity provider was removed, and so many sessions that it had begun ended',
})
const SignInRefusedEvent = defineEvent(
  'sign-in.refused',
  z.object({ reason: z.enum(refusalReasons), unrecorded: z.int() }),
  {
    description:
      'an answer or a logout of an identity provider was not believed; `unrecorded` counts refusals before it that came too fast for records of their own',
  },
)
const UserAdmitted = defineEvent('user.admitted', z.object({ by: z.enum(['owner', 'sign-in']) }), {
  description:
    'a user whom no directory brought was made for an account of an identity provider; they may sign in and no more',
})

export const oidcEvents = [IssuerAdded, IssuerChanged, IssuerRemoved, SignInRefusedEvent, UserAdmitted]

export type IssuerSettings = Omit<z.infer<typeof settings>, 'name'> & { readonly name: string }

export function issuerAdded(id: string, issuer: IssuerSettings): AuditEvent {
  return IssuerAdded({ targets: [target(id)], data: dataOf(issuer) })
}

export function issuerChanged(id: string, issuer: IssuerSettings, changed: readonly string[]): AuditEvent {
  return IssuerChanged({ targets: [target(id)], data: { ...dataOf(issuer), changed: [...changed] } })
}

export function issuerRemoved(id: string, issuer: string, sessions: number): AuditEvent {
  return IssuerRemoved({ targets: [target(id)], data: { issuer, sessions } })
}

/** @param issuerId undefined when it is none of ours */
export function signInRefused(issuerId: string | undefined, reason: RefusalReason, unrecorded: number): AuditEvent {
  return SignInRefusedEvent({
    targets: issuerId === undefined ? [] : [target(issuerId)],
    data: { reason, unrecorded },
  })
}

export function userAdmitted(userId: string, issuerId: string, by: 'owner' | 'sign-in'): AuditEvent {
  return UserAdmitted({ targets: [{ type: 'user', id: userId }, target(issuerId)], data: { by } })
}

function dataOf({ name, ...rest }: IssuerSettings) {
  return { ...rest, name: sealed.text('name', name) }
}

function target(id: string) {
  return { type: 'issuer', id }
}
