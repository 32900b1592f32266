import type { Context, Module } from '#kernel/ledger'
import type { Route } from '#platform/http/route.ts'
import agentsMigration from '../migrations/0010-agents.sql?raw'
import ciTrustsMigration from '../migrations/0011-ci-trusts.sql?raw'
import signInsMigration from '../migrations/0012-sign-ins.sql?raw'
import trustPinsMigration from '../migrations/0013-ci-trust-pins.sql?raw'
import type { AccessOptions } from '../routes.ts'
import { stsErrors } from '../sts/errors.ts'
import { stsEvents } from '../sts/events.ts'
import { stsRoutes } from '../sts/routes.ts'
import { agentErrors } from './errors.ts'
import { agentEvents } from './events.ts'
import { agentRoutes } from './routes.ts'

/** What programs that act bring to the module: agents, pipelines, and tokens of minutes. */
export const programMigrations: Module['migrations'] = [
  { number: 10, name: 'agents', sql: agentsMigration },
  { number: 11, name: 'ci-trusts', sql: ciTrustsMigration },
  { number: 12, name: 'sign-ins', sql: signInsMigration },
  { number: 13, name: 'ci-trust-pins', sql: trustPinsMigration },
]
export const programEvents: Module['events'] = [...agentEvents, ...stsEvents]
export const programErrors: Module['errors'] = [...agentErrors, ...stsErrors]

export function programRoutes(options: AccessOptions): Route<Context>[] {
  return [...agentRoutes(options), ...stsRoutes(options)]
}
