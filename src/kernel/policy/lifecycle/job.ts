import { defineJob, type JobDefinition, noData } from '#platform/jobs.ts'
import type { Lifecycle } from './services.ts'
import { settleRollouts } from './settle.ts'

/** Promotes and rolls back by time, where no decision comes that would. */
export function rolloutJob(life: Lifecycle): JobDefinition {
  return defineJob({
    name: 'policy-rollout.settle',
    about: 'promotes roll-outs of policies whose stage is over, and takes back those that are beyond their limits',
    schedule: '* * * * *',
    data: noData,
    timeoutSeconds: 300,
    run: async () => settleRollouts(life, life.service('policy')),
  })
}
