import { afterEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { type TestDatabase, testDatabase } from '#test/postgres.ts'
import { engine, openDb } from './database.ts'
import { createJobs, defineJob, type JobDefinition, type Jobs, noData } from './jobs.ts'
import { silentLog } from './log.ts'

const patience = { timeout: 20_000, interval: 20 }

let database: TestDatabase
const nodes: Jobs[] = []
afterEach(async () => {
  for (const one of nodes.splice(0)) await one.stop(1000)
  await database.close()
})

test('a job of a committed transaction runs, also when the node that queued it has gone; one rolled back never was', async () => {
  database = await testDatabase()
  const done: string[] = []
  const first = await node([numbered(done)])
  await first.stop(1000)
  const queue = await node([])
  const kysely = engine(openDb<object>(database.pool))
  const rolledBack = kysely.transaction().execute(async (tx) => {
    await queue.enqueue(tx, 'thing.do', { name: 'never' }, 'never')
    throw new Error('no')
  })
  await expect(rolledBack).rejects.toThrow('no')
  await kysely.transaction().execute((tx) => queue.enqueue(tx, 'thing.do', { name: 'one' }, 'one'))
  expect(done).toEqual([])
  await node([numbered(done)])
  await vi.waitFor(() => expect(done).toEqual(['one']), patience)
})

test('of two nodes, one runs each job', async () => {
  database = await testDatabase()
  const done: string[] = []
  const [first] = [await node([numbered(done)]), await node([numbered(done)])]
  const names = Array.from({ length: 6 }, (_, i) => `job ${i}`)
  for (const name of names) await first.enqueueNow('thing.do', { name }, name)
  await vi.waitFor(() => expect([...done].sort()).toEqual(names), patience)
  expect(await first.counts()).toMatchObject({ failed: 0 })
})

test('a job that fails is tried again, and one whose data is of another shape is not run', async () => {
  database = await testDatabase()
  const tries: string[] = []
  const failing = defineJob({
    name: 'thing.do',
    about: 'fails once',
    data: z.object({ name: z.string() }),
    timeoutSeconds: 60,
    run: async ({ name }) => {
      tries.push(name)
      if (tries.length === 1) throw new Error('not yet')
    },
  })
  const one = await node([failing])
  await one.enqueueNow('thing.do', { name: 7 }, 'wrong')
  await one.enqueueNow('thing.do', { name: 'right' }, 'right')
  await vi.waitFor(() => expect(tries).toEqual(['right', 'right']), patience)
})

test('a request that comes while its job runs is not lost: the job runs once more', async () => {
  database = await testDatabase()
  const runs: (() => void)[] = []
  const slow = defineJob({
    name: 'thing.do',
    about: 'waits until it is let go',
    data: noData,
    timeoutSeconds: 60,
    run: () => new Promise<void>((resolve) => runs.push(resolve)),
  })
  const one = await node([slow])
  await one.enqueueNow('thing.do', {}, 'same')
  await vi.waitFor(() => expect(runs).toHaveLength(1), patience)
  for (let i = 0; i < 3; i++) await one.enqueueNow('thing.do', {}, 'same')
  runs[0]?.()
  await vi.waitFor(() => expect(runs).toHaveLength(2), patience)
  runs[1]?.()
})

test('a schedule is registered once, whatever number of nodes starts', async () => {
  database = await testDatabase()
  const scheduled = { ...numbered([]), schedule: '0 3 * * *' }
  await node([scheduled])
  await node([scheduled])
  const { rows } = await database.pool.query('select name, cron, timezone from jobs.schedule')
  expect(rows).toEqual([{ name: 'thing.do', cron: '0 3 * * *', timezone: 'UTC' }])
})

async function node(definitions: readonly JobDefinition[]): Promise<Jobs> {
  const jobs = createJobs(database.connection, silentLog)
  nodes.push(jobs)
  await jobs.start(definitions)
  return jobs
}

function numbered(done: string[]): JobDefinition {
  return defineJob({
    name: 'thing.do',
    about: 'notes its name',
    data: z.object({ name: z.string() }),
    timeoutSeconds: 60,
    run: async ({ name }) => {
      done.push(name)
    },
  })
}
