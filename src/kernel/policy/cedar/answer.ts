import type { Authorization } from '../model.ts'

/** What stands in a verdict when Cedar was not asked. */
export const noAnswer: Authorization = { decision: 'deny', determining: [], errors: [] }
