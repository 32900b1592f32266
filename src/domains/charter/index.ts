import type { GatesTables } from '#domains/gates'
import type { Authority } from '#kernel/access'
import { assurance, type Context, type Module, personRoles, programs } from '#kernel/ledger'
import { type Db, idsAfter } from '#platform/database.ts'
import policies from './cedar/charter.cedar?raw'
import schema from './cedar/charter.cedarschema?raw'
import { enforcedClauses } from './clauses.ts'
import { charterErrors } from './errors.ts'
import { charterEvents } from './events.ts'
import { remindJob } from './jobs.ts'
import migration from './migrations/0001-charter.sql?raw'
import { resourceOf } from './proposals.ts'
import { charterRoutes } from './routes.ts'
import { findProposal } from './store.ts'
import type { Tables } from './versions.ts'

export { acknowledgementOf } from './acknowledgements.ts'
export type { AcknowledgementState } from './model.ts'
export type { CharterTables } from './store.ts'
export { ensureCharter } from './versions.ts'

interface Services {
  readonly db: Db<Tables & GatesTables>
  readonly authority: Authority
  readonly service: (name: string) => Context
}

const everybody = [...personRoles, 'member']

/** What the organisation promises about AI: clauses in versions that two people approve and each person acknowledges. */
export function charterModule({ db, authority, service }: Services): Module {
  return {
    name: 'charter',
    migrations: [{ number: 1, name: 'charter', sql: migration }],
    routes: charterRoutes({ db, authority, enforced: enforcedClauses }),
    events: charterEvents,
    errors: charterErrors,
    permissions: [
      {
        name: 'charter:read',
        about: 'read the charter, its versions and what is proposed for it',
        roles: [...everybody, ...programs],
      },
      { name: 'charter:acknowledge', about: 'acknowledge the charter for yourself', roles: everybody },
      {
        name: 'charter:read-acknowledgements',
        about: 'read who has acknowledged the charter and who has not',
        roles: [...assurance, 'tech-lead', 'platform-administrator'],
      },
      {
        name: 'charter:propose',
        about: 'propose a new version of the charter',
        roles: ['compliance-officer', 'security', 'tech-lead'],
      },
      { name: 'charter:approve', about: 'approve or reject a version of the charter that somebody else proposed' },
      {
        name: 'charter:configure',
        about: 'set how long people have to acknowledge the charter',
        roles: ['compliance-officer'],
      },
    ],
    access: {
      schema,
      policies,
      load: {
        CharterVersion: async (id) => {
          const proposal = await findProposal(db, id)
          return proposal && resourceOf(proposal)
        },
      },
      list: { CharterVersion: (after, limit) => idsAfter(db.selectFrom('charter_version'), after, limit) },
    },
    jobs: [remindJob({ db, service })],
  }
}
