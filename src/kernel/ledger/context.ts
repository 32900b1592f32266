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
}

export interface Actor {
  /** Random `usr_`, `agt_` or `svc_` id, never an e-mail or an enterprise id. */
  readonly id: string
  readonly kind: 'user' | 'agent' | 'service'
  readonly role: string
  /** The human an agent or service acts for. */
  readonly onBehalfOf: string | null
}
