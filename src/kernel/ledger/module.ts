import type { Db } from '#platform/database.ts'
import { defineJob, noData } from '#platform/jobs.ts'
import type { Context } from './context.ts'
import { ledgerErrors as coreErrors } from './core/index.ts'
import { ledgerServiceErrors } from './errors.ts'
import { logRoutes } from './log-routes.ts'
import { ledgerMigrations } from './migrations.ts'
import type { Module } from './module-type.ts'
import type { Ledger } from './open.ts'
import { closeReadWindows, ledgerRead, ledgerReadMore } from './reads.ts'
import { recordRoutes } from './record-routes.ts'
import { assurance } from './roles.ts'
import type { LedgerTables } from './tables.ts'
import { TileConflict } from './tile-store.ts'

export interface LedgerModuleOptions {
  readonly db: Db<LedgerTables>
  readonly ledger: Ledger
  /** Opens checkpoint and hash tiles, never entries, to anyone. */
  readonly isPublic: boolean
  /** A context of our own, for what runs by itself. */
  readonly service: (name: string) => Context
}

export function ledgerModule(options: LedgerModuleOptions): Module {
  return {
    name: 'ledger',
    migrations: ledgerMigrations,
    routes: [...logRoutes(options), ...recordRoutes(options)],
    events: [ledgerRead, ledgerReadMore],
    errors: [...ledgerServiceErrors, TileConflict, ...coreErrors],
    permissions: [
      {
        name: 'ledger:read',
        about: 'read and search audit records, their proofs and the log; each read is recorded',
        roles: assurance,
      },
      {
        name: 'ledger:open',
        about: 'read the values that records only commit to: names, addresses, texts; each read is recorded',
        roles: assurance,
      },
    ],
    jobs: [
      defineJob({
        name: 'ledger.close-read-windows',
        about: 'records what sessions read in minutes that are over',
        schedule: '* * * * *',
        data: noData,
        timeoutSeconds: 60,
        run: async () => {
          await closeReadWindows(options.db, options.service('ledger'))
        },
      }),
    ],
  }
}
