import { expect, test } from 'vitest'
import { testDatabase } from '#test/postgres.ts'

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

test('the embedded database keeps what it acknowledges', async () => {
  const { pool, close } = await testDatabase()
  const names = ['fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums', 'listen_addresses']
  const answer = await pool.query('select name, setting from pg_settings where name = any($1)', [names])
  expect(Object.fromEntries(answer.rows.map((row) => [row.name, row.setting]))).toEqual({
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    data_checksums: 'on',
    listen_addresses: '',
  })
  await close()
})
