import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { housekeeping, type Ledger, sealed, transact } from '#kernel/ledger'
import { uuidv7 } from '#platform/ids.ts'
import { noteTaken, type TestLedger, testContext, testLedger } from '#test/ledger.ts'

let one: TestLedger
let ledger: Ledger
beforeAll(async () => {
  one = await testLedger()
  ledger = one.ledger
})
afterAll(() => one.close())

const count = async (table: string) =>
  Number(
    (
      await one.database.pool.query(
        `select coalesce(sum(${table === 'ledger_batch' ? 'count' : '1'}), 0) as n from ${table}`,
      )
    ).rows[0].n,
  )

test('a change without an event is refused and not made', async () => {
  const work = transact(one.db, one.ctx, async (tx) => {
    await tx.insertInto('thing').values({ id: 'silent' }).execute()
  })
  await expect(work).rejects.toThrow('without recording an event')
  expect(await one.db.selectFrom('thing').selectAll().execute()).toEqual([])
})

test('when the change fails its event is not recorded either', async () => {
  const before = await count('ledger_batch')
  const work = transact(one.db, one.ctx, async (tx, record) => {
    record(noteTaken({ data: { number: 1 } }))
    await tx.insertInto('thing').values({ id: 'a' }).execute()
    await tx.insertInto('thing').values({ id: 'a' }).execute()
  })
  await expect(work).rejects.toMatchObject({ code: '23505' })
  expect(await count('ledger_batch')).toBe(before)
})

test('housekeeping writes technical tables and no other, by whatever way', async () => {
  await housekeeping(one.db, async (tx) => {
    await tx.insertInto('cursor').values({ id: 'c' }).execute()
  })
  const work = housekeeping(one.db, async (tx) => {
    await tx.insertInto('thing').values({ id: 'hidden' }).execute()
  })
  await expect(work).rejects.toThrow('not declared technical')
  expect(await one.db.selectFrom('thing').selectAll().where('id', '=', 'hidden').execute()).toEqual([])
  expect(await one.db.selectFrom('cursor').selectAll().execute()).toEqual([{ id: 'c' }])
})

test('what the submitter sends twice under one id is one event, on any node', async () => {
  const id = uuidv7(Date.now())
  const other = await one.again()
  const send = (node: Ledger, title: string) =>
    node.appender.append(noteTaken({ id, data: { number: 7, title: sealed.text('title', title) } }), testContext(node))
  const before = await count('ledger_batch')
  const answers = await Promise.all([send(ledger, 'same'), send(other, 'same'), send(ledger, 'same')])
  expect(answers).toEqual([{ id }, { id }, { id }])
  expect(await count('ledger_batch')).toBe(before + 1)
  await expect(send(other, 'not the same')).rejects.toMatchObject({ code: 'event_id_conflict', status: 409 })
})

test('another actor cannot take an id', async () => {
  const id = uuidv7(Date.now())
  await ledger.appender.append(noteTaken({ id, data: { number: 7 } }), one.ctx)
  const stranger = testContext(ledger, { actor: { id: 'usr_eve', kind: 'user', role: 'owner', onBehalfOf: null } })
  const again = ledger.appender.append(noteTaken({ id, data: { number: 7 } }), stranger)
  await expect(again).rejects.toMatchObject({ code: 'event_id_conflict' })
})

test('in one batch a conflict fails only its own caller; whatever comes how often, each id is recorded once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ id: fc.nat(5), number: fc.nat(1) }), { minLength: 1, maxLength: 30 }),
      async (sends) => {
        const ids = Array.from({ length: 6 }, () => uuidv7(Date.now()))
        const before = await count('ledger_event_id')
        const outcomes = await Promise.allSettled(
          sends.map((send) =>
            ledger.appender.append(noteTaken({ id: ids[send.id] ?? '', data: { number: send.number } }), one.ctx),
          ),
        )
        // whichever of those that came at once under an id was first, all that equal it are it, and no other
        const winners = new Map<number, number>()
        sends.forEach((send, i) => {
          if (outcomes[i]?.status === 'fulfilled') winners.set(send.id, send.number)
        })
        const expected = sends.map((send) => (winners.get(send.id) === send.number ? 'fulfilled' : 'rejected'))
        expect(outcomes.map((outcome) => outcome.status)).toEqual(expected)
        const first = new Set(sends.map((send) => send.id))
        expect(winners.size).toBe(first.size)
        expect(await count('ledger_event_id')).toBe(before + first.size)
      },
    ),
    { numRuns: 30 },
  )
})

test('a change that carries an id which was recorded before is not made again', async () => {
  const id = uuidv7(Date.now())
  const make = (thing: string, number: number) =>
    transact(one.db, one.ctx, async (tx, record) => {
      await tx.insertInto('thing').values({ id: thing }).execute()
      return record(noteTaken({ id, data: { number } }))
    })
  expect(await make('first', 1)).toBe(id)
  await expect(make('second', 1)).rejects.toMatchObject({ code: 'event_already_recorded' })
  await expect(make('third', 2)).rejects.toMatchObject({ code: 'event_id_conflict' })
  expect(
    await one.db.selectFrom('thing').selectAll().where('id', 'in', ['first', 'second', 'third']).execute(),
  ).toEqual([{ id: 'first' }])
})

test('records stand in the order in which one caller submitted them', async () => {
  const ids = await ledger.appender.appendMany(
    Array.from({ length: 1000 }, (_, number) => noteTaken({ data: { number } })),
    one.ctx,
  )
  const rows = await one.database.pool.query('select entries from ledger_batch order by batch_id')
  const text = Buffer.concat(rows.rows.map((row) => row.entries)).toString('latin1')
  const stored = [...text.matchAll(/,"id":"([0-9a-f-]{36})","inputHash"/g)].map((found) => found[1])
  expect(stored.slice(-1000)).toEqual(ids)
})

test('a full queue refuses instead of growing, and what it took is recorded', async () => {
  const { createAppender } = await import('./append.ts')
  const { runOn } = await import('./sql.ts')
  const { silentLog } = await import('#platform/log.ts')
  const queueMax = { records: 10, bytes: 1_000_000 }
  const appender = createAppender({ run: runOn(one.database.pool), sealer: ledger.sealer, log: silentLog, queueMax })
  const before = await count('ledger_event_id')
  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, (_, number) => appender.append(noteTaken({ data: { number } }), one.ctx)),
  )
  const taken = outcomes.filter((outcome) => outcome.status === 'fulfilled').length
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected' && outcome.reason.code === 'ledger_busy')
  expect(taken).toBe(10)
  expect(refused).toHaveLength(40)
  expect(await count('ledger_event_id')).toBe(before + 10)
  await appender.stop()
  await expect(appender.append(noteTaken({ data: { number: 1 } }), one.ctx)).rejects.toMatchObject({
    code: 'ledger_stopped',
  })
})

test('an event that is not of its type, or not a record, is refused before anything is written', async () => {
  const before = await count('ledger_event_id')
  const append = (input: Parameters<typeof noteTaken>[0]) => ledger.appender.append(noteTaken(input), one.ctx)
  await expect(append({ data: { number: 1.5 } })).rejects.toMatchObject({ code: 'event_invalid' })
  // a title that is not sealed would stand in the log for ever
  await expect(append({ data: { number: 1, title: 'open' } })).rejects.toMatchObject({ code: 'event_invalid' })
  await expect(append({ data: { number: 1 }, targets: [{ type: 'Thing', id: 'x' }] })).rejects.toMatchObject({
    code: 'event_invalid',
  })
  await expect(append({ id: 'not-a-uuid', data: { number: 1 } })).rejects.toMatchObject({ code: 'event_invalid' })
  const targets = Array.from({ length: 200 }, (_, i) => ({ type: 'thing', id: `${i}`.padEnd(199, '*') }))
  await expect(append({ data: { number: 1 }, targets })).rejects.toMatchObject({ code: 'event_invalid' })
  expect(await count('ledger_event_id')).toBe(before)
})

test('the tables of the ledger refuse to be rewritten', async () => {
  await ledger.appender.append(noteTaken({ data: { number: 1 } }), one.ctx)
  for (const statement of [
    'delete from ledger_event_id',
    "update ledger_event_id set leaf_hash = decode(repeat('00', 32), 'hex')",
    'truncate ledger_event_id',
    "update ledger_batch set entries = ''",
    'delete from ledger_batch',
    'truncate ledger_batch',
    'delete from ledger_head',
    'update ledger_head set epoch = epoch - 1',
  ])
    await expect(one.database.pool.query(statement), statement).rejects.toMatchObject({ code: 'LG001' })
})
