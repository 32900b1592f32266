import { z } from 'zod'
import type { Context } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { defineJob, type JobDefinition, type Jobs } from '#platform/jobs.ts'
import type { Judge } from './judge.ts'
import { judgeChanges, type Tables } from './service.ts'

const name = 'repository.judge'

interface Services {
  readonly db: Db<Tables>
  readonly service: (name: string) => Context
  readonly afterJudging: (repositoryId: string) => Promise<void>
}

/** Queues the judging of a repository; of several requests one waits. */
export async function requestJudging({ jobs }: { readonly jobs: Jobs }, repositoryId: string): Promise<void> {
  await jobs.enqueueNow(name, { repositoryId }, repositoryId)
}

export function judgeJob({ db, service, afterJudging }: Services, judge: Judge): JobDefinition {
  return defineJob({
    name,
    about: 'assesses and judges the changes of a repository of which something new is known',
    data: z.object({ repositoryId: z.string() }),
    timeoutSeconds: 4 * 3600,
    run: async ({ repositoryId }, signal) => {
      await judgeChanges(db, service('gate'), judge, { repositoryId, signal })
      await afterJudging(repositoryId)
    },
  })
}
