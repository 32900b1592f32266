import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import {
  type Context,
  committed,
  defineEvent,
  type Ledger,
  type LedgerKeys,
  type LedgerTables,
  ledgerMigrations,
  nodeDisk,
  openFolderTileStore,
  openLedger,
  openLedgerKeys,
} from '#kernel/ledger'
import { type Db, openDb } from '#platform/database.ts'
import { uuidv7 } from '#platform/ids.ts'
import { silentLog } from '#platform/log.ts'
import type { MigratedModule } from '#platform/migrate.ts'
import { removeFolder } from './folders.ts'
import { type TestDatabase, testDatabase } from './postgres.ts'

export interface TestLedger {
  readonly ledger: Ledger
  readonly db: Db<TestTables>
  readonly database: TestDatabase
  /** Holds `keys`, the tile store `log` and `high-water`. */
  readonly folder: string
  readonly keys: LedgerKeys
  /** Who acts in the tests, unless said. */
  readonly ctx: Context
  /** One more ledger on the same database and folder, as another process would have. */
  again(options?: Partial<Parameters<typeof openLedger>[0]>): Promise<Ledger>
  close(): Promise<void>
}

export interface TestTables extends LedgerTables {
  /** A business table. */
  readonly thing: { readonly id: string }
  /** A technical one. */
  readonly cursor: { readonly id: string }
}

export const testOrigin = 'ledger.test/log'

/** A ledger on a fresh database and folder, with a writer that publishes at once. */
export async function testLedger(modules: readonly MigratedModule[] = []): Promise<TestLedger> {
  const database = await testDatabase([{ name: 'ledger', migrations: ledgerMigrations }, things, ...modules])
  const folder = await mkdtemp(join(tmpdir(), 'countersign-ledger-'))
  const keys = await openLedgerKeys(join(folder, 'keys'), testOrigin)
  const opened: Ledger[] = []
  const again = async (options: Partial<Parameters<typeof openLedger>[0]> = {}) => {
    const ledger = await openLedger({
      pool: database.pool,
      connection: database.connection,
      store: await openFolderTileStore(join(folder, 'log'), nodeDisk),
      keys,
      log: silentLog,
      highWater: { disk: nodeDisk, path: join(folder, 'high-water') },
      publishEveryMs: 10,
      ...options,
    })
    opened.push(ledger)
    return ledger
  }
  const ledger = await again()
  return {
    ledger,
    db: openDb<TestTables>(database.pool),
    database,
    folder,
    keys,
    ctx: testContext(ledger),
    again,
    close: async () => {
      for (const one of opened) await one.stop()
      await database.close()
      await removeFolder(folder)
    },
  }
}

export function testContext(ledger: Ledger, about: Partial<Context> = {}): Context {
  return {
    clock: Date.now,
    organizationId: 'org_test',
    correlationId: uuidv7(Date.now()),
    sessionId: 'session-1',
    sealer: ledger.sealer,
    actor: { id: 'usr_ada', kind: 'user', role: 'owner', onBehalfOf: null },
    ...about,
  }
}

/** An event with a public number and a sealed title. */
export const noteTaken = defineEvent('note.taken', z.object({ number: z.int(), title: committed.optional() }), {
  description: 'A note was taken, in tests.',
})

const things: MigratedModule = {
  name: 'things',
  migrations: [
    {
      number: 1,
      name: 'things',
      sql: `create table thing (id text primary key);
        create table cursor (id text primary key);
        comment on table cursor is 'technical: nothing but a test needs it';`,
    },
  ],
}
