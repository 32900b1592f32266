import { sql } from 'kysely'
import { z } from 'zod'
import type { Facet } from '#domains/changes'
import type { Db } from '#platform/database.ts'
import { RiskLevel } from './matrix.ts'
import { type RiskTables, risksNow } from './store.ts'

/** The risk of a change by its newest assessment. */
export function riskFacet(db: Db<RiskTables>): Facet {
  return {
    name: 'risk',
    values: RiskLevel.describe('only changes of this level, by their newest assessment'),
    tells: z.object({ level: RiskLevel, score: z.number() }),
    places: (level) => sql`select change_id, place from risk_now where level = ${level}`,
    of: (changeIds) => risksNow(db, changeIds),
  }
}
