import { createHash, randomBytes } from 'node:crypto'
import { createConnection } from 'node:net'
import { Client, type Pool, type PoolConfig } from 'pg'
import { inject } from 'vitest'
import { silentLog } from '#platform/log.ts'
import { type MigratedModule, migrate } from '#platform/migrate.ts'
import { openPool } from '#platform/postgres/pool.ts'

export interface TestDatabase {
  readonly connection: PoolConfig
  /** The same as a URL, for what is started with `DATABASE_URL`. */
  readonly url: string
  readonly pool: Pool
  /** Drops the database; what is not closed goes with the server at the end of the run. */
  close(): Promise<void>
}

/**
 * A fresh database on the real PostgreSQL of this run, with all its durability settings on, migrated by `modules`.
 * The first call for a set of modules takes a second; later ones, in any test file, copy what it made.
 */
export async function testDatabase(modules: readonly MigratedModule[] = []): Promise<TestDatabase> {
  const server = await askForServer()
  const template = modules.length === 0 ? 'template1' : await migratedTemplate(server, modules)
  const database = `test_${randomBytes(8).toString('hex')}`
  await administer(server, (client) => client.query(`create database ${database} template ${template}`))
  const connection = { ...server, database }
  const pool = await openPool({ connection, log: silentLog, max: 6 })
  return {
    connection,
    url: `postgresql://${server.user}@/${database}?host=${encodeURIComponent(String(server.host))}`,
    pool,
    close: async () => {
      await pool.end()
      await administer(server, (client) => client.query(`drop database ${database} with (force)`))
    },
  }
}

/** One template for each set of migrations, made once by whichever worker comes first. */
async function migratedTemplate(server: PoolConfig, modules: readonly MigratedModule[]): Promise<string> {
  const migrations = JSON.stringify(modules.map((module) => [module.name, module.migrations]))
  const template = `template_${createHash('sha256').update(migrations).digest('hex').slice(0, 16)}`
  await administer(server, async (client) => {
    await client.query('select pg_advisory_lock(hashtext($1))', [template])
    const found = await client.query('select 1 from pg_database where datname = $1', [template])
    if (found.rowCount !== 0) return
    const draft = `draft_${randomBytes(8).toString('hex')}`
    await client.query(`create database ${draft}`)
    const pool = await openPool({ connection: { ...server, database: draft }, log: silentLog, max: 1 })
    try {
      await migrate(pool, modules)
    } finally {
      await pool.end()
    }
    await client.query(`alter database ${draft} rename to ${template}`)
  })
  return template
}

async function administer(server: PoolConfig, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ ...server, database: 'postgres' })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

async function askForServer(): Promise<PoolConfig> {
  let answer = ''
  for await (const chunk of createConnection(inject('testPostgres')).setEncoding('utf8')) answer += chunk
  const reply = JSON.parse(answer)
  if (reply.error !== undefined) throw new Error(`the test database did not start: ${reply.error}`)
  return reply
}
