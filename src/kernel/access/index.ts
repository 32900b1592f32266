import type { Module } from '#kernel/ledger'
import { accessErrors } from './errors.ts'
import { accessEvents } from './events.ts'
import migration from './migrations/0001-access.sql?raw'
import passkeyMigration from './migrations/0002-passkeys.sql?raw'
import { passkeyRoutes } from './passkey-routes.ts'
import { type AccessOptions, accessRoutes } from './routes.ts'

export { cookieHeader, csrfHeader, isCsrfToken, sessionCookie } from './cookies.ts'
export { SignInLinkInvalid } from './errors.ts'
export { allows, type Caller } from './model.ts'
export { ownSession } from './passkey-routes.ts'
export { authenticate, endSession, ensureOwner, issueSignInLink, lastSeen, sessionMs, signIn } from './service.ts'
export { isAlive } from './sessions.ts'
export type { AccessTables } from './store.ts'

/** Who is it, and may they: users, sessions, API tokens. */
export function accessModule(options: AccessOptions): Module {
  return {
    name: 'access',
    migrations: [
      { number: 1, name: 'access', sql: migration },
      { number: 2, name: 'passkeys', sql: passkeyMigration },
    ],
    routes: [...accessRoutes(options), ...passkeyRoutes(options)],
    events: accessEvents,
    errors: accessErrors,
    permissions: [
      { name: 'token:read', about: 'list your own API tokens' },
      { name: 'token:write', about: 'make and end your own API tokens' },
    ],
    jobs: [],
  }
}
