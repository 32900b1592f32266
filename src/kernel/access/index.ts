import type { Module } from '#kernel/ledger'
import { assurance, personRoles, programs } from '#kernel/ledger'
import { idsAfter } from '#platform/database.ts'
import { programErrors, programEvents, programMigrations, programRoutes } from './agents/parts.ts'
import { programPermissions } from './agents/permissions.ts'
import { deviceErrors } from './device/errors.ts'
import { deviceEvents } from './device/events.ts'
import { deviceRoutes } from './device/routes.ts'
import { directoryErrors } from './directory/errors.ts'
import { directoryEvents } from './directory/events.ts'
import { IdentityTaken } from './directory/identities.ts'
import { directoryRoutes } from './directory/routes.ts'
import { accessErrors } from './errors.ts'
import { accessEvents } from './events.ts'
import migration from './migrations/0001-access.sql?raw'
import passkeyMigration from './migrations/0002-passkeys.sql?raw'
import directoryMigration from './migrations/0003-directory.sql?raw'
import oidcMigration from './migrations/0004-oidc.sql?raw'
import deviceMigration from './migrations/0005-device.sql?raw'
import scimClientsMigration from './migrations/0006-scim-clients.sql?raw'
import stepUpMigration from './migrations/0007-step-up.sql?raw'
import rolesMigration from './migrations/0008-roles.sql?raw'
import recoveryMigration from './migrations/0009-recovery.sql?raw'
import { member } from './model.ts'
import { oidcErrors } from './oidc/errors.ts'
import { oidcEvents } from './oidc/events.ts'
import { issuerRoutes } from './oidc/issuer-routes.ts'
import { passkeyRoutes } from './passkey-routes.ts'
import { recoveryErrors } from './recovery/errors.ts'
import { recoveryEvents } from './recovery/events.ts'
import recoveryPolicies from './recovery/recovery.cedar?raw'
import recoverySchema from './recovery/recovery.cedarschema?raw'
import { recoveryResource, recoveryRoutes } from './recovery/routes.ts'
import { roleChangeResource } from './roles/changes.ts'
import { roleErrors } from './roles/errors.ts'
import { roleEvents } from './roles/events.ts'
import rolePolicies from './roles/roles.cedar?raw'
import roleSchema from './roles/roles.cedarschema?raw'
import { roleRoutes } from './roles/routes.ts'
import { teamRecordsRoute } from './roles/team-records.ts'
import { listTeams } from './roles/teams.ts'
import { type AccessOptions, accessRoutes } from './routes.ts'
import { clientRoutes } from './scim/client-routes.ts'
import { discoveryRoutes } from './scim/discovery-routes.ts'
import { scimErrors } from './scim/errors.ts'
import { scimRoutes } from './scim/routes.ts'
import { SignInSlowed } from './sign-ins/brake.ts'
import { signInEvents, signInHistoryRoutes } from './sign-ins/history.ts'
import { stepUpErrors } from './step-up/errors.ts'
import { stepUpEvents } from './step-up/events.ts'
import { stepUpRoutes } from './step-up/routes.ts'

export { cookieHeader, csrfHeader, isCsrfToken, oidcCookie, sessionCookie } from './cookies.ts'
export type { AccessEnding } from './directory/end-access.ts'
export {
  findByExternalId,
  findByIdentity,
  type Identity,
  IdentityTaken,
  type KnownUser,
  linkIdentity,
} from './directory/identities.ts'
export { usersWithMail } from './directory/mail.ts'
export { AccessDenied, SignInLinkInvalid } from './errors.ts'
export type { AccessAnswer, ActedOn, Authority, Resource } from './may.ts'
export { allows, type Caller, everything, type PermissionsOf } from './model.ts'
export { SignInAddress } from './oidc/errors.ts'
export { addressesFor, createOidc, type Oidc } from './oidc/oidc.ts'
export { ownOrigin } from './oidc/own-address.ts'
export { isProviderAddress } from './oidc/provider-fetch.ts'
export { hintOf, LogoutTokenRefused, type RefusalReason, SignInRefused } from './oidc/refusals.ts'
export { localPath, waitingMs } from './oidc/waiting.ts'
export { ownSession } from './passkey-routes.ts'
export { holdRoles } from './roles/hold-roles.ts'
export { activePeople, type HeldRole, holdersOf, rolesOf, teamOf } from './roles/holdings.ts'
export { allRoles } from './roles/model.ts'
export { personNames } from './roles/names.ts'
export { listTeams } from './roles/teams.ts'
export { authenticate, endSession, ensureOwner, issueSignInLink, lastSeen, sessionMs, signIn } from './service.ts'
export { alive } from './sessions.ts'
export { createSignInBrake, type SignInBrake, SignInSlowed } from './sign-ins/brake.ts'
export { type Approval, approvalsByRole, approvalsOf, requireSecondPerson } from './step-up/approvals.ts'
export {
  ApprovalRepeated,
  PasskeyNeeded,
  RevisionOther,
  SecondPersonRequired,
  StepUpRefused,
} from './step-up/errors.ts'
export type { Approvable } from './step-up/proof/index.ts'
export { takeApproval } from './step-up/step-up.ts'
export type { AccessTables } from './store.ts'
export { certificateHashIn } from './sts/certificate.ts'
export { CertificateMismatch } from './sts/errors.ts'
export { Assertion } from './webauthn.ts'

const events: Module['events'] = [
  ...accessEvents,
  ...directoryEvents,
  ...oidcEvents,
  ...deviceEvents,
  ...stepUpEvents,
  ...recoveryEvents,
  ...roleEvents,
  ...programEvents,
  ...signInEvents,
]
const errors: Module['errors'] = [
  ...accessErrors,
  IdentityTaken,
  ...directoryErrors,
  ...scimErrors,
  ...oidcErrors,
  ...deviceErrors,
  ...stepUpErrors,
  ...roleErrors,
  ...programErrors,
  SignInSlowed,
  ...recoveryErrors,
]

const migrations = [
  { number: 1, name: 'access', sql: migration },
  { number: 2, name: 'passkeys', sql: passkeyMigration },
  { number: 3, name: 'directory', sql: directoryMigration },
  { number: 4, name: 'oidc', sql: oidcMigration },
  { number: 5, name: 'device', sql: deviceMigration },
  { number: 6, name: 'scim-clients', sql: scimClientsMigration },
  { number: 7, name: 'step-up', sql: stepUpMigration },
  { number: 8, name: 'roles', sql: rolesMigration },
  { number: 9, name: 'recovery', sql: recoveryMigration },
  ...programMigrations,
]

const permissions: Module['permissions'] = [
  { name: 'token:read', about: 'list your own API tokens', roles: [...personRoles, member] },
  { name: 'token:write', about: 'make and end your own API tokens', roles: [...personRoles, member] },
  {
    name: 'people:read',
    about: 'read who there is: people, their groups and how they may sign in',
    roles: ['platform-administrator', 'tech-lead', ...assurance],
  },
  {
    name: 'sign-in:read',
    about: 'read when and how other people signed in; each read is recorded',
    roles: ['platform-administrator', 'security', 'auditor'],
  },
  { name: 'people:recover', about: 'open and approve the recovery of a person who has lost their passkeys' },
  { name: 'team:read', about: 'read which teams there are', roles: [...personRoles, ...programs] },
  {
    name: 'team:write',
    about: 'make teams, and say which repositories are theirs',
    roles: ['platform-administrator'],
  },
  { name: 'role:read', about: 'read who holds which roles, and what roles may do', roles: personRoles },
  { name: 'role:write', about: 'propose who holds which roles', roles: ['platform-administrator', 'security'] },
  { name: 'team-audit:read', about: "read the audit records about a team's repositories; each read is recorded" },
  { name: 'role-change:decide', about: 'decide what others propose of roles' },
  { name: 'scim:provision', about: 'provision people and groups by SCIM' },
  {
    name: 'scim-client:read',
    about: 'list the programs that may provision people',
    roles: ['platform-administrator', 'security', 'auditor'],
  },
  {
    name: 'scim-client:write',
    about: 'let programs provision people, and end that',
    roles: ['platform-administrator'],
  },
  {
    name: 'issuer:read',
    about: 'list and check the identity providers that sign people in',
    roles: ['platform-administrator', 'security', 'auditor'],
  },
  {
    name: 'issuer:write',
    about: 'set up identity providers, and whom they sign in',
    roles: ['platform-administrator'],
  },
  ...programPermissions,
]

/** Who is it, and may they: users, sessions, API tokens. */
export function accessModule(options: AccessOptions): Module {
  return {
    name: 'access',
    migrations,
    routes: [
      ...accessRoutes(options),
      ...passkeyRoutes(options),
      ...directoryRoutes(options),
      ...clientRoutes(options),
      ...scimRoutes(options),
      ...discoveryRoutes(options),
      ...issuerRoutes(options),
      ...deviceRoutes(options),
      ...stepUpRoutes(options),
      ...recoveryRoutes(options),
      ...roleRoutes(options),
      teamRecordsRoute(options),
      ...programRoutes(options),
      ...signInHistoryRoutes(options),
    ],
    events,
    errors,
    permissions,
    access: {
      schema: `${roleSchema}${recoverySchema}`,
      policies: `${rolePolicies}${recoveryPolicies}`,
      load: {
        RoleChange: (id) => roleChangeResource(options, id),
        Recovery: async (personId) => recoveryResource(personId),
        Team: async (id) => ((await listTeams(options.db, id)).length === 0 ? undefined : { team: id, attrs: {} }),
      },
      list: {
        RoleChange: (after, limit) => idsAfter(options.db.selectFrom('access_role_change'), after, limit),
        Team: (after, limit) => idsAfter(options.db.selectFrom('access_team'), after, limit),
      },
    },
    jobs: [],
  }
}
