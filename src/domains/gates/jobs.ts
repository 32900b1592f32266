import { z } from 'zod'
import { changesWithCommit } from '#domains/changes'
import { Asker, askerOf, type Context, onBehalfOf } from '#kernel/ledger'
import type { Db, Write } from '#platform/database.ts'
import { defineJob, type JobDefinition, type Jobs } from '#platform/jobs.ts'
import type { Judge } from './judge.ts'
import { judgeChanges, type Tables } from './service.ts'

const name = 'repository.judge'

interface Services {
  readonly db: Db<Tables>
  readonly service: (name: string) => Context
  readonly afterJudging: (ctx: Context, repositoryId: string) => Promise<void>
}

/** Queues the judging of a repository; of several requests one waits. */
export async function requestJudging(
  { jobs }: { readonly jobs: Jobs },
  ctx: Context,
  repositoryId: string,
): Promise<void> {
  await jobs.enqueueNow(name, { repositoryId, asker: askerOf(ctx) }, repositoryId)
}

/** Queues it in the transaction that changes what is to be said of the repository. */
export async function judgeRepository<T>(jobs: Jobs, tx: Write<T>, ctx: Context, repositoryId: string): Promise<void> {
  await jobs.enqueue(tx, name, { repositoryId, asker: askerOf(ctx) }, repositoryId)
}

/** Queues the judging of what a commit brought, in the transaction that makes something new known of it. */
export async function judgeCommit<T>(
  jobs: Jobs,
  tx: Write<T>,
  ctx: Context,
  repositoryId: string,
  commit: string,
): Promise<void> {
  await jobs.enqueue(tx, name, { repositoryId, commit, asker: askerOf(ctx) }, `${repositoryId} ${commit}`)
}

export function judgeJob({ db, service, afterJudging }: Services, judge: Judge): JobDefinition {
  return defineJob({
    name,
    about: 'assesses and judges the changes of a repository of which something new is known',
    data: z.object({ repositoryId: z.string(), commit: z.string().optional(), asker: Asker }),
    timeoutSeconds: 4 * 3600,
    run: async ({ repositoryId, commit, asker }, signal) => {
      const ctx = onBehalfOf(service('gate'), asker)
      const changeIds = commit === undefined ? undefined : await changesWithCommit(db, repositoryId, commit)
      const { judged } = await judgeChanges(db, ctx, judge, { repositoryId, changeIds, signal })
      // without anything new after an import there may still be no report yet
      if (judged > 0 || commit === undefined) await afterJudging(ctx, repositoryId)
    },
  })
}
