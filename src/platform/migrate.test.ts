import { afterEach, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '#test/postgres.ts'
import { silentLog } from './log.ts'
import { type MigratedModule, migrate } from './migrate.ts'
import { openPool } from './postgres/pool.ts'

const opened: TestDatabase[] = []

async function freshDatabase(): Promise<TestDatabase> {
  const database = await testDatabase()
  opened.push(database)
  return database
}

afterEach(async () => {
  for (const database of opened.splice(0)) await database.close()
})

const first = {
  number: 1,
  name: 'colours',
  sql: 'create table colours (name text); insert into colours values ($$red$$)',
}
const second = { number: 2, name: 'shades', sql: 'alter table colours add shade int not null default 7' }

function colours(...migrations: MigratedModule['migrations']): MigratedModule {
  return { name: 'colours', migrations }
}

test('what is pending runs in order, and only once', async () => {
  const { pool } = await freshDatabase()
  const animals = {
    name: 'animals',
    migrations: [{ number: 1, name: 'start', sql: 'create table animals (name text)' }],
  }
  expect(await migrate(pool, [animals, colours(first)])).toEqual([
    { module: 'animals', number: 1, name: 'start' },
    { module: 'colours', number: 1, name: 'colours' },
  ])
  expect(await migrate(pool, [animals, colours(first, second)])).toEqual([
    { module: 'colours', number: 2, name: 'shades' },
  ])
  expect(await migrate(pool, [animals, colours(first, second)])).toEqual([])
  expect((await pool.query('select * from colours')).rows).toEqual([{ name: 'red', shade: 7 }])
})

test('four that migrate at once run each migration exactly once', async () => {
  const { pool } = await freshDatabase()
  const modules = [colours(first, { ...second, sql: `select pg_sleep(0.05); ${second.sql}` })]
  const ran = await Promise.all([1, 2, 3, 4].map(() => migrate(pool, modules)))
  expect(ran.map((one) => one.length).sort()).toEqual([0, 0, 0, 2])
  expect((await pool.query('select * from colours')).rows).toEqual([{ name: 'red', shade: 7 }])
})

test('a failure names its migration and changes nothing, not even what ran before it', async () => {
  const { pool } = await freshDatabase()
  const broken = { number: 2, name: 'broken', sql: 'alter table no_such_table add shade int' }
  await expect(migrate(pool, [colours(first, broken)])).rejects.toMatchObject({
    code: 'migration_failed',
    message:
      'migration 2 `broken` of `colours` failed and nothing was changed: relation "no_such_table" does not exist',
  })
  const tables = await pool.query("select tablename from pg_tables where schemaname = 'public'")
  expect(tables.rows).toEqual([])
  expect(await migrate(pool, [colours(first, second)])).toHaveLength(2)
})

test('an edited migration is refused', async () => {
  const { pool } = await freshDatabase()
  await migrate(pool, [colours(first)])
  const edited = { ...first, sql: `${first.sql} ` }
  await expect(migrate(pool, [colours(edited, second)])).rejects.toMatchObject({ code: 'migration_changed' })
  expect((await pool.query('select * from colours')).rows).toEqual([{ name: 'red' }])
})

test('an older program refuses a newer schema', async () => {
  const { pool } = await freshDatabase()
  await migrate(pool, [colours(first, second)])
  await expect(migrate(pool, [colours(first)])).rejects.toMatchObject({
    code: 'schema_newer',
    facts: { module: 'colours', number: 2 },
  })
  await expect(migrate(pool, [])).rejects.toMatchObject({ code: 'schema_newer' })
})

test('a migration that ends the transaction, or that is out of line, is our fault and says so', async () => {
  const { pool } = await freshDatabase()
  const ending = { number: 1, name: 'ending', sql: 'create table a (); commit; begin; create table b ()' }
  await expect(migrate(pool, [colours(ending)])).rejects.toThrow('ended the transaction')
  await expect(migrate(pool, [colours(second)])).rejects.toThrow('not numbered 1, 2, 3')
  await expect(migrate(pool, [colours(first), colours(first)])).rejects.toThrow('two modules')
})

test('a migration may take longer than statements of the server may', async () => {
  const { connection } = await freshDatabase()
  const pool = await openPool({ connection, log: silentLog, statementTimeoutMs: 100 })
  await expect(pool.query('select pg_sleep(5)')).rejects.toMatchObject({ code: '57014' })
  expect(await migrate(pool, [colours({ ...first, sql: `select pg_sleep(0.3); ${first.sql}` })])).toHaveLength(1)
  await pool.end()
})
