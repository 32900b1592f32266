import type { Module } from '#kernel/ledger'
import { developers, personRoles } from '#kernel/ledger'
import { idsAfter } from '#platform/database.ts'
import { exceptionResource } from './decide.ts'
import { exceptionErrors } from './errors.ts'
import { exceptionEvents } from './events.ts'
import policies from './exceptions.cedar?raw'
import schema from './exceptions.cedarschema?raw'
import migration from './migrations/0001-exceptions.sql?raw'
import overridesMigration from './migrations/0002-overrides.sql?raw'
import { overrideResource } from './overrides/decide.ts'
import { overrideErrors } from './overrides/errors.ts'
import { overrideEvents } from './overrides/events.ts'
import overridePolicies from './overrides/overrides.cedar?raw'
import overrideSchema from './overrides/overrides.cedarschema?raw'
import { overrideRoutes } from './overrides/routes.ts'
import { exceptionRoutes } from './routes.ts'
import type { ExceptionServices } from './services.ts'
import { watchJob } from './watch.ts'

export { countUses, exceptionsFor } from './in-force.ts'
export { takeOverride } from './overrides/use.ts'
export type { ExceptionsTables, ExcusableRule } from './services.ts'

/** Approved departures from rules: each for a time, with an owner, and with something that makes up for it. */
export function exceptionsModule(options: ExceptionServices): Module {
  return {
    name: 'exceptions',
    migrations: [
      { number: 1, name: 'exceptions', sql: migration },
      { number: 2, name: 'overrides', sql: overridesMigration },
    ],
    routes: [...exceptionRoutes(options), ...overrideRoutes(options)],
    events: [...exceptionEvents, ...overrideEvents],
    errors: [...exceptionErrors, ...overrideErrors],
    permissions: [
      { name: 'exception:read', about: 'list exceptions and read who asked for them and why', roles: personRoles },
      {
        name: 'exception:ask',
        about: 'ask for exceptions from rules',
        roles: [...developers, 'security', 'compliance-officer'],
      },
      { name: 'exception:decide', about: 'decide on exceptions that others ask for' },
      { name: 'exception:end', about: 'end exceptions before their time' },
      { name: 'override:read', about: 'list overrides of failed gates', roles: personRoles },
      {
        name: 'override:ask',
        about: 'ask to let one failed run of a gate through once',
        roles: [...developers, 'security'],
      },
      { name: 'override:decide', about: 'decide on overrides that others ask for' },
    ],
    access: {
      schema: `${schema}\n${overrideSchema}`,
      policies: `${policies}\n${overridePolicies}`,
      load: {
        Exception: (id) => exceptionResource(options, id),
        GateOverride: (id) => overrideResource(options, id),
      },
      list: {
        Exception: (after, limit) => idsAfter(options.db.selectFrom('exception'), after, limit),
        GateOverride: (after, limit) => idsAfter(options.db.selectFrom('gate_override'), after, limit),
      },
    },
    jobs: [watchJob(options)],
  }
}
