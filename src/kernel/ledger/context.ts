import { z } from 'zod'
import type { Clock } from '#platform/clock.ts'
import type { Sealer } from './sealer.ts'

/** Who acts, for whom, when, and with which keys it is recorded. Made per request, job or command. */
export interface Context {
  readonly clock: Clock
  readonly organizationId: string
  /** Ties the records of one user action together. */
  readonly correlationId: string
  readonly actor: Actor
  readonly sealer: Sealer
  /** The signed-in session or token that asks, when there is one; reads of audit records coalesce by it. */
  readonly sessionId: string | undefined
  /** What that session or token may do now: its scopes, within what the roles behind it permit. */
  readonly scopes?: readonly string[]
}

export interface Actor {
  /** Random `usr_`, `agt_` or `svc_` id, never an e-mail or an enterprise id. */
  readonly id: string
  readonly kind: 'user' | 'agent' | 'service'
  readonly role: string
  /** The human an agent or service acts for. */
  readonly onBehalfOf: string | null
}

/** Who asked for work that is done later: goes with a job's data, so that its records name them. */
export const Asker = z.object({ onBehalfOf: z.string().nullable(), correlationId: z.string() })
export type Asker = z.infer<typeof Asker>

export function askerOf({ actor, correlationId }: Context): Asker {
  return { onBehalfOf: actor.kind === 'user' ? actor.id : actor.onBehalfOf, correlationId }
}

/** The context of a service while it does what was asked: it acts for them, and their records belong together. */
export function onBehalfOf(service: Context, { onBehalfOf, correlationId }: Asker): Context {
  return { ...service, correlationId, actor: { ...service.actor, onBehalfOf } }
}
