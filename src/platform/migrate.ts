import { createHash } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'
import { defineError } from './errors.ts'

export interface Migration {
  /** 1, 2, 3 and so on within its module. */
  readonly number: number
  readonly name: string
  /** Statements that may run in a transaction; none that ends one. */
  readonly sql: string
}

export interface MigratedModule {
  readonly name: string
  readonly migrations: readonly Migration[]
  /** Indexes that only searches need: they go where nobody will search. */
  readonly searchIndexes?: readonly string[]
}

/** One migration that ran now. */
export interface Migrated {
  readonly module: string
  readonly number: number
  readonly name: string
}

export const MigrationFailed = defineError<{ module: string; number: number; name: string; reason: string }>(
  'migration_failed',
  500,
  ({ module, number, name, reason }) =>
    `migration ${number} \`${name}\` of \`${module}\` failed and nothing was changed: ${reason}`,
)

export const MigrationChanged = defineError<{ module: string; number: number; name: string }>(
  'migration_changed',
  500,
  ({ module, number, name }) =>
    `migration ${number} \`${name}\` of \`${module}\` is not the one that this database has run`,
  'a migration that was released is never edited: put it back and add a new one',
)

export const SchemaNewer = defineError<{ module: string; number: number }>(
  'schema_newer',
  500,
  ({ module, number }) =>
    `the database is newer than this program: it has run migration ${number} of \`${module}\`, which is not known here`,
  'start the version that migrated it, or a newer one',
)

export const migrationErrors = [MigrationFailed, MigrationChanged, SchemaNewer]

/**
 * Brings the database to what `modules` need: all that is pending runs in one transaction, modules in the order given, so a
 * failure changes nothing. Any number of processes may do this at once; each migration runs exactly once.
 *
 * @returns what ran now, in order
 * @throws migration_failed, migration_changed, schema_newer
 */
export async function migrate(pool: Pool, modules: readonly MigratedModule[]): Promise<Migrated[]> {
  assertNumbered(modules)
  const client = await pool.connect()
  try {
    await client.query('begin')
    const ran = await migrateInside(client, modules)
    await client.query('commit')
    client.release()
    return ran
  } catch (error) {
    // the connection is closed, and with it whatever the transaction has done
    client.release(true)
    throw error
  }
}

/** Any number that nobody else takes: "csmg" in ASCII. */
const lockKey = 0x63736d67

async function migrateInside(client: PoolClient, modules: readonly MigratedModule[]): Promise<Migrated[]> {
  await client.query(`set local statement_timeout = 0; select pg_advisory_xact_lock(${lockKey})`)
  await client.query(`create table if not exists schema_migrations (
    module text not null,
    number int not null,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default clock_timestamp(),
    primary key (module, number)
  )`)
  const applied = await client.query<Applied>(
    'select module, number, checksum from schema_migrations order by module, number',
  )
  refuseUnknown(applied.rows, modules)
  const done = new Map(applied.rows.map((row) => [`${row.module}/${row.number}`, row.checksum]))
  const ran: Migrated[] = []
  for (const { name: module, migrations } of modules) {
    for (const migration of migrations) {
      const before = done.get(`${module}/${migration.number}`)
      if (before !== undefined) refuseChanged(module, migration, before)
      else ran.push(await run(client, module, migration))
    }
  }
  return ran
}

interface Applied {
  readonly module: string
  readonly number: number
  readonly checksum: string
}

async function run(client: PoolClient, module: string, migration: Migration): Promise<Migrated> {
  const { number, name, sql } = migration
  const transaction = await currentTransaction(client)
  await client.query(sql).catch((error: Error) => {
    throw MigrationFailed({ module, number, name, reason: error.message }, error)
  })
  if ((await currentTransaction(client)) !== transaction)
    throw new Error(`migration ${number} of ${module} ended the transaction that it ran in`)
  await client.query('insert into schema_migrations (module, number, name, checksum) values ($1, $2, $3, $4)', [
    module,
    number,
    name,
    checksum(migration),
  ])
  return { module, number, name }
}

async function currentTransaction(client: PoolClient): Promise<string> {
  const answer = await client.query<{ id: string }>('select pg_current_xact_id()::text as id')
  return answer.rows[0]?.id ?? ''
}

function refuseUnknown(applied: readonly Applied[], modules: readonly MigratedModule[]): void {
  const known = new Set(modules.flatMap(({ name, migrations }) => migrations.map(({ number }) => `${name}/${number}`)))
  const unknown = applied.find(({ module, number }) => !known.has(`${module}/${number}`))
  if (unknown !== undefined) throw SchemaNewer({ module: unknown.module, number: unknown.number })
}

function refuseChanged(module: string, migration: Migration, before: string): void {
  const { number, name } = migration
  if (checksum(migration) !== before) throw MigrationChanged({ module, number, name })
}

function checksum({ sql }: Migration): string {
  return `sha256:${createHash('sha256').update(sql).digest('hex')}`
}

/** Two branches that both add number 7 must meet here, not in a database. */
function assertNumbered(modules: readonly MigratedModule[]): void {
  for (const { name, migrations } of modules) {
    const wrong = migrations.find(({ number }, index) => number !== index + 1)
    if (wrong !== undefined) throw new Error(`migrations of ${name} are not numbered 1, 2, 3: found ${wrong.number}`)
    if (modules.filter((one) => one.name === name).length > 1) throw new Error(`two modules are named ${name}`)
  }
}
