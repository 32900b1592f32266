import type { Module } from '#kernel/ledger'
import { developers, personRoles } from '#kernel/ledger'
import { exceptionResource } from './decide.ts'
import { exceptionErrors } from './errors.ts'
import { exceptionEvents } from './events.ts'
import policies from './exceptions.cedar?raw'
import schema from './exceptions.cedarschema?raw'
import migration from './migrations/0001-exceptions.sql?raw'
import { exceptionRoutes } from './routes.ts'
import type { ExceptionServices } from './services.ts'
import { watchJob } from './watch.ts'

export { countUses, exceptionsFor } from './in-force.ts'
export type { ExcusableRule } from './services.ts'
export type { ExceptionsTables } from './store.ts'

/** Approved departures from rules: each for a time, with an owner, and with something that makes up for it. */
export function exceptionsModule(options: ExceptionServices): Module {
  return {
    name: 'exceptions',
    migrations: [{ number: 1, name: 'exceptions', sql: migration }],
    routes: exceptionRoutes(options),
    events: exceptionEvents,
    errors: exceptionErrors,
    permissions: [
      { name: 'exception:read', about: 'list exceptions and read who asked for them and why', roles: personRoles },
      {
        name: 'exception:ask',
        about: 'ask for exceptions from rules',
        roles: [...developers, 'security', 'compliance-officer'],
      },
      { name: 'exception:decide', about: 'decide on exceptions that others ask for' },
      { name: 'exception:end', about: 'end exceptions before their time' },
    ],
    access: { schema, policies, load: { Exception: (id) => exceptionResource(options, id) } },
    jobs: [watchJob(options)],
  }
}
