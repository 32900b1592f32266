import { expect, test } from 'vitest'
import { recordKeys, transact, verifyLog } from '#kernel/ledger'
import { openDb } from '#platform/database.ts'
import { silentLog } from '#platform/log.ts'
import { openPool } from '#platform/postgres/pool.ts'
import { noteTaken, type TestTables, testContext, testLedger, testOrigin } from '#test/ledger.ts'
import { cuttingProxy } from './cutting-proxy.ts'

test('a transaction whose COMMIT was cut off took effect once or not at all, and its caller is told which', async () => {
  const one = await testLedger()
  const proxy = await cuttingProxy(one.database.connection, /^Q.{4}commit/is, (count) => count % 3 === 1)
  const pool = await openPool({ connection: proxy.connection, log: silentLog, max: 4 })
  try {
    const ledger = await one.again({ pool })
    const ctx = testContext(ledger)
    const db = openDb<TestTables>(pool)
    const told = new Set<string>()
    for (let number = 0; number < 60; number++) {
      await transact(db, ctx, async (tx, record) => {
        await tx
          .insertInto('thing')
          .values({ id: `t${number}` })
          .execute()
        record(noteTaken({ data: { number } }))
      }).then(
        () => told.add(`t${number}`),
        () => undefined,
      )
    }
    one.ledger.startWriter()
    await one.ledger.waitPublished(20_000)
    const there = await one.db.selectFrom('thing').select('id').execute()
    const ids = new Set(there.map((row) => row.id))
    expect(proxy.cuts()).toBeGreaterThan(10)
    // whoever was told that it is done finds it done
    expect([...told].filter((id) => !ids.has(id))).toEqual([])
    expect(told.size).toBeGreaterThan(30)
    const verified = await verifyLog(one.ledger.store, {
      origin: testOrigin,
      verifiers: [one.keys.verifier],
      recordKeys: recordKeys([one.keys.record.publicKey]),
      signatures: 'all',
    })
    expect(verified.problems).toEqual([])
    // exactly one record for each row that is there: none doubled, none without its change
    expect(verified.size).toBe(ids.size)
  } finally {
    await one.close()
    await pool.end()
    await proxy.close()
  }
})

test('a batch of the appender whose COMMIT was cut off is in the log exactly once', async () => {
  const one = await testLedger()
  const proxy = await cuttingProxy(one.database.connection, /ledger-store/, (count) => count % 2 === 0)
  const pool = await openPool({ connection: proxy.connection, log: silentLog, max: 4 })
  try {
    const ledger = await one.again({ pool })
    const events = Array.from({ length: 200 }, (_, number) => noteTaken({ data: { number } }))
    const answers = await Promise.allSettled(events.map((event) => ledger.appender.append(event, testContext(ledger))))
    const told = answers.filter((one) => one.status === 'fulfilled').length
    one.ledger.startWriter()
    const note = await one.ledger.waitPublished(20_000)
    const size = Number(note.split('\n')[1])
    expect(size).toBeGreaterThanOrEqual(told)
    expect(size).toBeLessThanOrEqual(200)
    expect(told).toBeGreaterThan(0)
    expect(proxy.cuts()).toBeGreaterThan(0)
  } finally {
    await one.close()
    await pool.end()
    await proxy.close()
  }
})
