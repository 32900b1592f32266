import { join } from 'node:path'
import { z } from 'zod'
import { openDb } from '#platform/database.ts'
import { uuidv7 } from '#platform/ids.ts'
import { silentLog } from '#platform/log.ts'
import { openPool } from '#platform/postgres/pool.ts'
import { nodeDisk } from '../../src/kernel/ledger/disk.ts'
import { committed, defineEvent } from '../../src/kernel/ledger/event.ts'
import { openFolderTileStore } from '../../src/kernel/ledger/folder-tile-store.ts'
import { openLedgerKeys } from '../../src/kernel/ledger/keys.ts'
import { openLedger } from '../../src/kernel/ledger/open.ts'
import { sealed } from '../../src/kernel/ledger/sealed.ts'
import { transact } from '../../src/kernel/ledger/transact.ts'

/**
 * A process that records as fast as it can and prints the id of each record when it was told that it is durable; the tests
 * kill it. Arguments: connection as JSON, folder, `once` to record one event and end.
 */
const [, , connection = '{}', folder = '', mode = 'load'] = process.argv
const noteTaken = defineEvent('note.taken', z.object({ number: z.int(), title: committed.optional() }), {
  description: 'A note was taken.',
})
// who started us may be gone first
process.stdout.on('error', () => process.exit(1))
const pool = await openPool({ connection: JSON.parse(connection), log: silentLog, max: 8 })
const ledger = await openLedger({
  pool,
  connection: JSON.parse(connection),
  store: await openFolderTileStore(join(folder, 'log'), nodeDisk),
  keys: await openLedgerKeys(join(folder, 'keys'), 'ledger.test/log'),
  log: silentLog,
  highWater: { disk: nodeDisk, path: join(folder, 'high-water') },
  leaseMs: 2000,
  publishEveryMs: 20,
})
const actor = { id: 'svc_child', kind: 'service', role: 'service', onBehalfOf: null } as const
const context = () => ({
  clock: Date.now,
  organizationId: 'org_test',
  correlationId: uuidv7(Date.now()),
  sessionId: undefined,
  sealer: ledger.sealer,
  actor,
})
const event = (number: number) => noteTaken({ data: { number, title: sealed.text('title', `note ${number}`) } })
const db = openDb(pool)

ledger.startWriter()
if (mode === 'once') {
  await ledger.appender.append(event(0), context())
  await ledger.waitPublished(20_000)
  await ledger.stop()
  await pool.end()
  process.stdout.write('done\n')
} else {
  process.stdout.write('ready\n')
  for (let lane = 0; lane < 8; lane++) void recordForEver(lane)
}

async function recordForEver(lane: number): Promise<void> {
  for (let number = 0; ; number++) {
    try {
      const id =
        lane < 4
          ? (await ledger.appender.append(event(number), context())).id
          : await transact(db, context(), async (_tx, record) => record(event(number)))
      process.stdout.write(`${id}\n`)
    } catch {
      // the database was killed: what was not acknowledged may be lost
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
