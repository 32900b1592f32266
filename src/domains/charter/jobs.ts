import type { Context } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { defineJob, type JobDefinition, noData } from '#platform/jobs.ts'
import { remind } from './acknowledgements.ts'
import type { Tables } from './versions.ts'

interface Services {
  readonly db: Db<Tables>
  readonly service: (name: string) => Context
}

export function remindJob({ db, service }: Services): JobDefinition {
  return defineJob({
    name: 'charter.remind',
    about: 'records whose time to acknowledge the charter is half over, or over; the console tells them',
    schedule: '0 6 * * *',
    data: noData,
    timeoutSeconds: 3600,
    run: async (_data, signal) => {
      await remind(db, service('charter'), signal)
    },
  })
}
