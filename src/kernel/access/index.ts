import type { Module } from '#kernel/ledger'
import { deviceErrors } from './device/errors.ts'
import { deviceEvents } from './device/events.ts'
import { deviceRoutes } from './device/routes.ts'
import { directoryEvents } from './directory/events.ts'
import { IdentityTaken } from './directory/identities.ts'
import { directoryErrors, directoryRoutes } from './directory/routes.ts'
import { accessErrors } from './errors.ts'
import { accessEvents } from './events.ts'
import migration from './migrations/0001-access.sql?raw'
import passkeyMigration from './migrations/0002-passkeys.sql?raw'
import directoryMigration from './migrations/0003-directory.sql?raw'
import oidcMigration from './migrations/0004-oidc.sql?raw'
import deviceMigration from './migrations/0005-device.sql?raw'
import scimClientsMigration from './migrations/0006-scim-clients.sql?raw'
import { oidcErrors } from './oidc/errors.ts'
import { oidcEvents } from './oidc/events.ts'
import { issuerRoutes } from './oidc/issuer-routes.ts'
import { passkeyRoutes } from './passkey-routes.ts'
import { type AccessOptions, accessRoutes } from './routes.ts'
import { clientRoutes } from './scim/client-routes.ts'
import { discoveryRoutes } from './scim/discovery-routes.ts'
import { scimErrors } from './scim/errors.ts'
import { scimRoutes } from './scim/routes.ts'

export { cookieHeader, csrfHeader, isCsrfToken, oidcCookie, sessionCookie } from './cookies.ts'
export {
  findByExternalId,
  findByIdentity,
  type Identity,
  IdentityTaken,
  type KnownUser,
  linkIdentity,
} from './directory/identities.ts'
export { SignInLinkInvalid } from './errors.ts'
export { allows, type Caller } from './model.ts'
export { SignInAddress } from './oidc/errors.ts'
export { addressesFor, createOidc, type Oidc } from './oidc/oidc.ts'
export { ownOrigin } from './oidc/own-address.ts'
export { isProviderAddress } from './oidc/provider-fetch.ts'
export { hintOf, LogoutTokenRefused, type RefusalReason, SignInRefused } from './oidc/refusals.ts'
export { localPath, waitingMs } from './oidc/waiting.ts'
export { ownSession } from './passkey-routes.ts'
export { authenticate, endSession, ensureOwner, issueSignInLink, lastSeen, sessionMs, signIn } from './service.ts'
export { alive } from './sessions.ts'
export type { AccessTables } from './store.ts'

/** Who is it, and may they: users, sessions, API tokens. */
export function accessModule(options: AccessOptions): Module {
  return {
    name: 'access',
    migrations: [
      { number: 1, name: 'access', sql: migration },
      { number: 2, name: 'passkeys', sql: passkeyMigration },
      { number: 3, name: 'directory', sql: directoryMigration },
      { number: 4, name: 'oidc', sql: oidcMigration },
      { number: 5, name: 'device', sql: deviceMigration },
      { number: 6, name: 'scim-clients', sql: scimClientsMigration },
    ],
    routes: [
      ...accessRoutes(options),
      ...passkeyRoutes(options),
      ...directoryRoutes(options),
      ...clientRoutes(options),
      ...scimRoutes(options),
      ...discoveryRoutes(options),
      ...issuerRoutes(options),
      ...deviceRoutes(options),
    ],
    events: [...accessEvents, ...directoryEvents, ...oidcEvents, ...deviceEvents],
    errors: [...accessErrors, IdentityTaken, ...directoryErrors, ...scimErrors, ...oidcErrors, ...deviceErrors],
    permissions: [
      { name: 'token:read', about: 'list your own API tokens' },
      { name: 'token:write', about: 'make and end your own API tokens' },
      { name: 'people:read', about: 'read who there is: people, their groups and how they may sign in' },
      { name: 'scim:provision', about: 'provision people and groups by SCIM' },
      { name: 'scim-client:read', about: 'list the programs that may provision people' },
      { name: 'scim-client:write', about: 'let programs provision people, and end that' },
      { name: 'issuer:read', about: 'list and check the identity providers that sign people in' },
      { name: 'issuer:write', about: 'set up identity providers, and whom they sign in' },
    ],
    jobs: [],
  }
}
