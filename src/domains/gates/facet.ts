import { sql } from 'kysely'
import { z } from 'zod'
import type { Facet } from '#domains/changes'
import type { Db } from '#platform/database.ts'
import { type GatesTables, resultsOf } from './store.ts'

const results = z.enum(['pass', 'fail', 'unknown', 'error'])

/** What the merge gate said last of a change. */
export function gateFacet(db: Db<GatesTables>): Facet {
  return {
    name: 'gate',
    values: results.describe('only changes of which the merge gate said this last'),
    tells: z.object({ result: results }),
    places: (result) => sql`select change_id, place from gate_verdict where result = ${result}`,
    of: (changeIds) => resultsOf(db, changeIds),
  }
}
