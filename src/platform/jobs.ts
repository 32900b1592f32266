import type { PoolConfig } from 'pg'
import { fromKysely, PgBoss } from 'pg-boss'
import { z } from 'zod'
import type { Write } from './database.ts'
import type { Log } from './log.ts'

/** Work that survives restarts, is tried again when it fails, and runs on one node at a time. */
export interface JobDefinition {
  /** `noun.verb`, such as `repository.import`. */
  readonly name: string
  readonly about: string
  /** Cron expression in UTC; a run missed while everything was down is made up for once. */
  readonly schedule?: string
  readonly data: z.ZodType
  /** A run that takes longer counts as dead and is tried again. */
  readonly timeoutSeconds: number
  /** Must be idempotent: a node may die after its last step and before it says so. */
  readonly run: (data: unknown, signal: AbortSignal) => Promise<void>
}

/** A definition whose `run` gets data of the shape that `data` states. */
export function defineJob<S extends z.ZodType>(
  job: Omit<JobDefinition, 'data' | 'run'> & {
    readonly data: S
    readonly run: (data: z.output<S>, signal: AbortSignal) => Promise<void>
  },
): JobDefinition {
  return { ...job, run: (data, signal) => job.run(job.data.parse(data), signal) }
}

export const noData = z.object({}).loose()

export interface Jobs {
  /** Queues a job inside the transaction of `tx`: it exists exactly when the change does. Of one key, one waits and one runs at most. */
  enqueue<T>(tx: Write<T>, name: string, data: object, key: string): Promise<void>
  /** Queues a job on its own. */
  enqueueNow(name: string, data: object, key: string): Promise<void>
  /** Makes the queues, so that work can be queued here and done elsewhere; `start` does it too. */
  prepare(definitions: readonly JobDefinition[]): Promise<void>
  /** Takes up work on this node. */
  start(definitions: readonly JobDefinition[]): Promise<void>
  /** Lets running jobs finish for `graceMs`, then leaves them to be tried again. */
  stop(graceMs: number): Promise<void>
  /** Of the jobs of this key: whether one runs, else whether one waits. */
  stateOf(name: string, key: string): Promise<'active' | 'queued' | undefined>
  /** Jobs by state, for health and metrics. */
  counts(): Promise<{ readonly queued: number; readonly active: number; readonly failed: number }>
}

/** Jobs on PostgreSQL (schema `jobs`), with a small pool of their own. */
export function createJobs(connection: PoolConfig, log: Log): Jobs {
  const boss = new PgBoss({
    ...connection,
    schema: 'jobs',
    max: 3,
    application_name: 'countersign-jobs',
    // how often jobs of dead nodes are looked for
    superviseIntervalSeconds: 15,
    monitorIntervalSeconds: 15,
  } as ConstructorParameters<typeof PgBoss>[0] & object)
  const names: string[] = []
  boss.on('error', (error) => log.error({ event: 'jobs.failed', error }))
  const prepare = async (definitions: readonly JobDefinition[]) => {
    await boss.start()
    for (const definition of definitions) {
      names.push(definition.name)
      await makeQueue(boss, definition)
    }
  }
  return {
    enqueue: async (tx, name, data, key) => {
      await boss.send(name, data, { singletonKey: key, db: fromKysely(tx) })
    },
    enqueueNow: async (name, data, key) => {
      await boss.send(name, data, { singletonKey: key })
    },
    prepare,
    start: async (definitions) => {
      await prepare(definitions)
      for (const definition of definitions) await take(boss, definition, log)
    },
    stop: (graceMs) => boss.stop({ graceful: true, timeout: graceMs }),
    stateOf: async (name, key) => {
      const states = (await boss.findJobs(name, { key })).map((job) => job.state)
      if (states.includes('active')) return 'active'
      return states.some((state) => state === 'created' || state === 'retry') ? 'queued' : undefined
    },
    counts: () => countJobs(boss, names),
  }
}

async function makeQueue(boss: PgBoss, { name, timeoutSeconds, schedule }: JobDefinition): Promise<void> {
  await boss.createQueue(name, {
    // by key one waits and one runs: a request that comes while its job runs is not lost
    policy: 'stately',
    // a node that died is noticed by its silence, long before a long job's time is over
    heartbeatSeconds: 30,
    retryLimit: 5,
    retryBackoff: true,
    expireInSeconds: timeoutSeconds,
  })
  if (schedule !== undefined) await boss.schedule(name, schedule, {}, { tz: 'UTC' })
}

async function take(boss: PgBoss, definition: JobDefinition, log: Log): Promise<void> {
  const { name } = definition
  await boss.work(name, { pollingIntervalSeconds: 0.5, batchSize: 1 }, async (jobs) => {
    for (const job of jobs) {
      const startedAt = performance.now()
      await definition.run(job.data ?? {}, job.signal)
      log.info({ event: 'job.finished', job: name, ms: Math.round(performance.now() - startedAt) })
    }
  })
}

async function countJobs(boss: PgBoss, names: readonly string[]) {
  const total = { queued: 0, active: 0, failed: 0 }
  for (const queue of await boss.getQueues([...names])) {
    total.queued += queue.queuedCount ?? 0
    total.active += queue.activeCount ?? 0
    total.failed += queue.failedCount
  }
  return total
}
