import { expect, test } from 'vitest'
import { testDatabase } from '#test/postgres.ts'
import { type LogFacts, silentLog } from '../log.ts'
import { openPool } from './pool.ts'

test('rows carry 64-bit integers as bigint, dates as text and moments as Date', async () => {
  const { pool, close } = await testDatabase()
  const answer = await pool.query(
    `select 9007199254740993::int8 as big, count(*) as few, date '2026-12-01' as day, timestamptz '2026-12-01T00:00:00Z' as at`,
  )
  expect(answer.rows).toEqual([
    { big: 9007199254740993n, few: 1n, day: '2026-12-01', at: new Date('2026-12-01T00:00:00.000Z') },
  ])
  await close()
})

test('a database that may lose what it acknowledged is refused', async () => {
  const { connection, pool, close } = await testDatabase()
  for (const value of ['local', 'remote_write', 'on']) {
    await pool.query(`alter database ${connection.database} set synchronous_commit = ${value}`)
    await (await openPool({ connection, log: silentLog })).end()
  }
  await pool.query(`alter database ${connection.database} set synchronous_commit = off`)
  await expect(openPool({ connection, log: silentLog })).rejects.toMatchObject({
    code: 'database_not_durable',
    message: 'the database may lose what it has acknowledged: its setting `synchronous_commit` is `off`',
  })
  await close()
})

test('a database that is not UTF-8 is refused', async () => {
  const { connection, pool, close } = await testDatabase()
  const database = `${connection.database}_ascii`
  await pool.query(
    `create database ${database} template template0 encoding 'SQL_ASCII' locale_provider libc locale 'C'`,
  )
  await expect(openPool({ connection: { ...connection, database }, log: silentLog })).rejects.toMatchObject({
    code: 'database_not_utf8',
  })
  await pool.query(`drop database ${database}`)
  await close()
})

test('a database that cannot be reached is refused without its password', async () => {
  const connection = { connectionString: 'postgresql://someone:geheim@127.0.0.1:1/none' }
  const refused = await openPool({ connection, log: silentLog }).catch((error) => error)
  expect(refused).toMatchObject({ code: 'database_unreachable', message: expect.stringContaining('ECONNREFUSED') })
  expect(JSON.stringify(refused)).not.toContain('geheim')
  expect(refused.message).not.toContain('geheim')
})

test('the loss of an idle connection is logged, and the next query has another', async () => {
  const { connection, pool, close } = await testDatabase()
  let tell = (_facts: LogFacts): void => undefined
  const told = new Promise<LogFacts>((resolve) => {
    tell = resolve
  })
  const log = { ...silentLog, error: (facts: LogFacts) => tell(facts) }
  const victim = await openPool({ connection, log, max: 1, applicationName: 'victim' })
  await pool.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'`)
  expect(await told).toMatchObject({ event: 'database.connection-lost' })
  expect((await victim.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  await victim.end()
  await close()
})
