import type { Db } from '#platform/database.ts'
import { SettingsBody, type SettingsInForce, shippedSettings } from './settings-model.ts'
import type { GrantsTables } from './tables.ts'

/** How grants are issued now. */
export async function settingsInForce(db: Pick<Db<GrantsTables>, 'selectFrom'>): Promise<SettingsInForce> {
  const row = await db
    .selectFrom('ai_grant_settings')
    .select(['body', 'version'])
    .where('version', 'is not', null)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (row === undefined || row.version === null) return { version: 0, settings: shippedSettings }
  return { version: row.version, settings: readBody(row.body) }
}

/** Written by us; read by its schema, so that a damaged row fails instead of granting. */
export function readBody(body: string): SettingsBody {
  return SettingsBody.parse(JSON.parse(body))
}
