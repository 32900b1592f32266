import type { Module } from '#kernel/ledger'
import { personRoles } from '#kernel/ledger'
import { idsAfter } from '#platform/database.ts'
import { repositoryResource } from './check.ts'
import { grantErrors } from './errors.ts'
import { grantEvents } from './events.ts'
import policies from './grants.cedar?raw'
import schema from './grants.cedarschema?raw'
import { grantResource } from './grants.ts'
import { followPeriodsJob } from './jobs.ts'
import migration from './migrations/0001-grants.sql?raw'
import { periodEvents } from './period-events.ts'
import { periodRoutes } from './period-routes.ts'
import { findPeriod } from './periods.ts'
import { grantRoutes } from './routes.ts'
import { findSettings, settingsResource } from './settings.ts'
import { settingsEvents } from './settings-events.ts'
import { settingsInForce } from './settings-now.ts'
import { settingsRoutes } from './settings-routes.ts'
import type { GrantServices } from './standing.ts'
import { findGrant } from './store.ts'
import { toolFor, toolsAfter } from './tool-access.ts'

export { endGrantsOf } from './grants.ts'
export type { ToolStanding } from './standing.ts'
export type { GrantsTables } from './tables.ts'

/** Who may use which AI tool and until when, and when nobody does: grants, and AI-free periods. */
export function grantsModule(services: GrantServices & { readonly clock: () => number }): Module {
  const { db, clock } = services
  return {
    name: 'grants',
    migrations: [{ number: 1, name: 'grants', sql: migration }],
    routes: [...grantRoutes(services), ...settingsRoutes(services), ...periodRoutes(services)],
    events: [...grantEvents, ...settingsEvents, ...periodEvents],
    errors: grantErrors,
    permissions: [
      { name: 'grant:read', about: 'read your own grants of AI tools, and what is approved', roles: personRoles },
      { name: 'grant:ask', about: 'ask for AI tools, and extend and give back your own grants', roles: personRoles },
      { name: 'grant:rescind', about: 'take grants of AI tools away' },
      { name: 'grant:restore', about: 'restore grants that were taken away' },
      {
        name: 'grant-settings:propose',
        about: 'propose how grants of AI tools are issued, and which tools are approved',
        roles: ['platform-administrator', 'security'],
      },
      { name: 'grant-settings:decide', about: 'decide what others propose of how grants are issued' },
      { name: 'ai-free-period:read', about: 'read when teams and you work without AI tools', roles: personRoles },
      { name: 'ai-free-period:plan', about: 'plan time without AI tools' },
      { name: 'ai-free-period:cancel', about: 'cancel time without AI tools' },
    ],
    access: {
      schema,
      policies,
      load: {
        AiTool: (id, { userId, team, atMs }) => toolFor(services, { userId, teamId: team, tool: id }, atMs),
        Repository: (id) => repositoryResource(services, id),
        Grant: async (id) => {
          const row = await findGrant(db, id, clock())
          return row === undefined ? undefined : grantResource(row)
        },
        GrantSettings: async (id) => {
          const change = await findSettings(db, id)
          return change === undefined ? undefined : settingsResource(change)
        },
        AiFreePeriod: async (id) => {
          const period = await findPeriod(db, id)
          return period === undefined ? undefined : { team: period.teamId, attrs: { person: period.userId ?? '' } }
        },
      },
      list: {
        AiTool: async (after, limit) => toolsAfter((await settingsInForce(db)).settings, after, limit),
        Repository: services.repositoriesAfter,
        Grant: (after, limit) => idsAfter(db.selectFrom('ai_grant'), after, limit),
        GrantSettings: (after, limit) => idsAfter(db.selectFrom('ai_grant_settings'), after, limit),
        AiFreePeriod: (after, limit) => idsAfter(db.selectFrom('ai_free_period'), after, limit),
      },
    },
    jobs: [followPeriodsJob(services)],
  }
}
