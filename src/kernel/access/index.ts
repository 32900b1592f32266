import type { LedgerTables, Module } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { accessErrors } from './errors.ts'
import { accessEvents } from './events.ts'
import migration from './migrations/0001-access.sql?raw'
import { accessRoutes } from './routes.ts'
import type { AccessTables } from './store.ts'

export { SignInLinkInvalid } from './errors.ts'
export { allows, type Caller } from './model.ts'
export { authenticate, endSession, ensureOwner, issueSignInLink, lastSeen, signIn } from './service.ts'
export type { AccessTables } from './store.ts'

/** Who is it, and may they: users, sessions, API tokens. */
export function accessModule(db: Db<AccessTables & LedgerTables>, known: () => ReadonlySet<string>): Module {
  return {
    name: 'access',
    migrations: [{ number: 1, name: 'access', sql: migration }],
    routes: accessRoutes(db, known),
    events: accessEvents,
    errors: accessErrors,
    permissions: [
      { name: 'token:read', about: 'list your own API tokens' },
      { name: 'token:write', about: 'make and end your own API tokens' },
    ],
    jobs: [],
  }
}
