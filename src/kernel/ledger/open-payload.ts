import { verifyCommitment } from './core/index.ts'
import { decryptPayloads, type SealedGroup } from './payload.ts'
import type { PayloadKeys } from './payload-keys.ts'
import type { Records } from './records.ts'
import type { Compartment } from './sealed.ts'
import type { Run } from './sql.ts'

/** A value behind a commitment, with what proves that it is the one: `commitment(salt, field, value)`. */
export interface OpenedValue {
  readonly compartment: Compartment
  readonly subject: string
  /** RFC 6901 pointer into the record. */
  readonly pointer: string
  readonly field: string
  readonly salt: Uint8Array
  readonly value: Uint8Array
}

/**
 * The values of a published record whose keys live, each checked against its commitment in the log. Erased ones are left out.
 *
 * @throws RecordNotFound
 * @throws Error when a stored value is not the one that was committed to: somebody changed the database
 */
export async function openPayload(
  run: Run,
  keys: PayloadKeys,
  records: Records,
  organizationId: string,
  id: string,
): Promise<OpenedValue[]> {
  const { record } = await records.get(organizationId, id)
  const groups = (await decryptPayloads(run, keys, organizationId, [id])).get(id) ?? []
  return groups.flatMap((group) => openGroup(record, group))
}

/** The values of many records by record and field, as they are stored. */
export async function readPayloads(
  run: Run,
  keys: PayloadKeys,
  organizationId: string,
  ids: readonly string[],
): Promise<Map<string, Map<string, Uint8Array>>> {
  const groups = await decryptPayloads(run, keys, organizationId, ids)
  return new Map(
    [...groups].map(([id, of]) => {
      const values = of.flatMap((group) => group.values)
      return [id, new Map(values.map(({ field, bytes }) => [field, bytes]))]
    }),
  )
}

function openGroup(record: object, { compartment, subject, salt, values }: SealedGroup): OpenedValue[] {
  return values.map(({ pointer, field, bytes }) => {
    const committed = atPointer(record, pointer)
    if (typeof committed !== 'string' || !verifyCommitment(committed, salt, field, bytes))
      throw new Error(`the stored value at ${pointer} is not the one that the record commits to`)
    return { compartment, subject, pointer, field, salt, value: bytes }
  })
}

/** RFC 6901. */
function atPointer(value: unknown, pointer: string): unknown {
  const names = pointer.split('/').slice(1)
  return names.reduce<unknown>((at, name) => {
    const key = name.replaceAll('~1', '/').replaceAll('~0', '~')
    return typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined
  }, value)
}
