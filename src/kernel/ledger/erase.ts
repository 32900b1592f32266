import type { Write } from '#platform/database.ts'
import type { Compartment } from './sealed.ts'
import { asText, runIn } from './sql.ts'

/** Which values to erase: at least a month or a person must be named. */
export type Erasure = {
  readonly organizationId: string
  readonly compartment?: Compartment
} & ({ readonly period: string; readonly subject?: string } | { readonly subject: string; readonly period?: string })

/**
 * Erases values by deleting the keys that they are encrypted under, with the encrypted values and the words of them that the
 * search index holds. No leaf changes, so every proof stays good. Call it inside `transact()`, which records it.
 *
 * @returns how many keys were deleted
 */
export async function eraseKeys<T>(tx: Write<T>, erasure: Erasure): Promise<number> {
  const run = runIn(tx)
  const { organizationId, compartment = null, period = null, subject = null } = erasure
  const erased = await run({
    text: `update ledger_key set wrapped = null, erased_at = clock_timestamp()
      where organization_id = $1 and wrapped is not null and ($2::text is null or compartment = $2)
        and ($3::text is null or period = $3) and ($4::text is null or subject = $4) returning key_id`,
    values: [organizationId, compartment, period, subject],
  })
  const ids = erased.map((row) => asText(row['key_id']))
  await run({
    text: `update ledger_search set all_words = null
      where id in (select record_id from ledger_payload where key_id = any($1::uuid[]) and compartment = 'text')`,
    values: [ids],
  })
  await run({ text: 'delete from ledger_payload where key_id = any($1::uuid[])', values: [ids] })
  return ids.length
}
