import type { Module } from '#kernel/ledger'
import { developers, personRoles, programs } from '#kernel/ledger'
import { idsAfter } from '#platform/database.ts'
import policies from './decisions.cedar?raw'
import schema from './decisions.cedarschema?raw'
import { decisionErrors } from './errors.ts'
import { decisionEvents } from './events.ts'
import migration from './migrations/0001-architecture-decisions.sql?raw'
import { decisionRoutes } from './routes.ts'
import { type DecisionServices, decisionResource } from './service.ts'
import { findRow } from './store.ts'

export { approvesChange } from './approves.ts'
export type { DecisionsTables } from './store.ts'

/** AI architecture decisions: what was asked about AI in the design of a team's software, and what a tech lead answered. */
export function decisionsModule(services: DecisionServices): Module {
  return {
    name: 'architecture-decisions',
    migrations: [{ number: 1, name: 'architecture-decisions', sql: migration }],
    routes: decisionRoutes(services),
    events: decisionEvents,
    errors: decisionErrors,
    permissions: [
      {
        name: 'architecture-decision:read',
        about: 'read AI architecture decisions',
        roles: [...personRoles, ...programs],
      },
      {
        name: 'architecture-decision:request',
        about: 'ask for AI architecture decisions',
        roles: [...developers, 'security'],
      },
      { name: 'architecture-decision:decide', about: 'decide about AI in the architecture of a team' },
    ],
    access: {
      schema,
      policies,
      load: {
        ArchitectureDecision: async (id) => {
          const row = await findRow(services.db, id)
          return row === undefined ? undefined : decisionResource({ teamId: row.team_id, requester: row.requester })
        },
      },
      list: {
        ArchitectureDecision: (after, limit) => idsAfter(services.db.selectFrom('architecture_decision'), after, limit),
      },
    },
    jobs: [],
  }
}
