import { chmod, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type AuditEvent, defineEvent, ledgerMigrations } from '#kernel/ledger'
import { loadConfig } from '#platform/config.ts'
import { createLog } from '#platform/log.ts'
import type { MigratedModule } from '#platform/migrate.ts'
import { type Core, openCore } from '../src/server/core.ts'
import type { Bench } from './figure.ts'
import { cpuSecondsOf, family } from './processes.ts'

/** A ledger as the product opens it: embedded PostgreSQL with all its durability on, tiles in a folder, a writer. */
export interface World {
  readonly core: Core
  /** The data folder; another world can be opened on it when this one is closed. */
  readonly data: string
  /** Keeps the search index where it is until the answer is called, as when another node were at it. */
  holdIndex(): Promise<() => Promise<void>>
  /** CPU seconds so far of this process and of the database; undefined where the system does not tell. */
  cpuSeconds(): { readonly node: number; readonly database: number | undefined }
  close(): Promise<void>
}

/** @param known the data folder of a world that was closed; a fresh one unless given */
export async function openWorld(
  bench: Bench,
  known?: string,
  modules: readonly MigratedModule[] = [{ name: 'ledger', migrations: ledgerMigrations }],
): Promise<World> {
  const data = known ?? (await newFolder(bench))
  const core = await openCore({
    config: loadConfig({ data }, {}),
    log: createLog('warn'),
    dataWasNamed: true,
    modules,
  })
  const postmaster = await postmasterOf(core)
  return {
    core,
    data,
    holdIndex: () => holdIndex(core),
    cpuSeconds: () => {
      const { user, system } = process.cpuUsage()
      return { node: (user + system) / 1e6, database: databaseCpu(postmaster) }
    },
    close: () => core.stop(),
  }
}

/** An event like those of a gateway: a few public facts, about 900 bytes as an entry. */
export const noteTaken = defineEvent('note.taken', z.object({ number: z.int(), words: z.string() }), {
  description: 'A note was taken, in benchmarks.',
})

export function noteEvent(number: number): AuditEvent {
  return noteTaken({ data: { number: 1_000_000 + number, words }, targets: [{ type: 'note', id: 'note-1' }] })
}

const words = 'w'.repeat(120)

async function newFolder(bench: Bench): Promise<string> {
  const folder = await mkdtemp(join(bench.folder, 'data-'))
  // as root, PostgreSQL runs as another user, who must be able to pass
  await chmod(folder, 0o711)
  return folder
}

async function holdIndex({ pool }: Core): Promise<() => Promise<void>> {
  await pool.query(`insert into ledger_follower (name) values ('search') on conflict do nothing`)
  const client = await pool.connect()
  await client.query('begin')
  await client.query(`select from ledger_follower where name = 'search' for update`)
  return async () => {
    await client.query('rollback')
    client.release()
  }
}

async function postmasterOf(core: Core): Promise<number | undefined> {
  const found = await core.pool.query<{ pid: number }>('select pg_backend_pid() as pid')
  const backend = found.rows[0]?.pid ?? -1
  return family(process.pid).find((pid) => pid !== process.pid && pid !== backend && family(pid).includes(backend))
}

function databaseCpu(postmaster: number | undefined): number | undefined {
  if (postmaster === undefined) return undefined
  const each = family(postmaster).map((pid) => cpuSecondsOf(pid))
  return each.reduce<number>((sum, one) => sum + (one ?? 0), 0)
}
