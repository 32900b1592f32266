import type { LedgerTables, Module } from '#kernel/ledger'
import { personRoles } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { viewErrors } from './errors.ts'
import { viewEvents } from './events.ts'
import migration from './migrations/0001-views.sql?raw'
import { viewRoutes } from './routes.ts'
import type { ViewsTables } from './store.ts'

export type { ViewsTables } from './store.ts'

/** Filters of list pages that a person saved under a name, for nobody but that person. */
export function viewsModule(services: { readonly db: Db<ViewsTables & LedgerTables> }): Module {
  return {
    name: 'views',
    migrations: [{ number: 1, name: 'views', sql: migration }],
    routes: viewRoutes(services.db),
    events: viewEvents,
    errors: viewErrors,
    permissions: [
      { name: 'view:read', about: 'list your own saved views', roles: personRoles },
      { name: 'view:write', about: 'save, change and delete your own saved views', roles: personRoles },
    ],
    jobs: [],
  }
}
