import { acknowledgementOf } from '#domains/charter'
import type { ToolStanding } from '#domains/grants'
import type { Services } from './modules.ts'

/**
 * Who is asked what stands for or against the use of a tool. Nobody keeps a registry of tools or of training yet: the settings of
 * grants say what it means that this is unknown.
 */
export function createToolStanding({ db, clock }: Pick<Services, 'db' | 'clock'>): ToolStanding {
  return {
    toolStatus: async () => ({ status: 'unknown' }),
    training: async () => 'unknown',
    charter: (userId) => acknowledgementOf(db, userId, clock()),
  }
}
