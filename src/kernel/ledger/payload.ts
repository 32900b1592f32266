import { z } from 'zod'
import { parseStrict } from '#platform/canonical-json.ts'
import type { DataKey, PayloadKeys } from './payload-keys.ts'
import type { Compartment } from './sealed.ts'
import { asBytes, asText, type Row, type Run } from './sql.ts'
import { decrypt, encrypt } from './vault.ts'

/** The sealed values of one record that share a salt and a key. */
export interface SealedGroup {
  readonly compartment: Compartment
  /** Whose values these are; empty when nobody's. */
  readonly subject: string
  /** 32 random bytes: the key of the commitments. */
  readonly salt: Uint8Array
  readonly values: readonly SealedValue[]
}

export interface SealedValue {
  /** Where the commitment stands in the record: an RFC 6901 pointer such as `/data/title`. */
  readonly pointer: string
  readonly field: string
  readonly bytes: Uint8Array
}

/** An encrypted group as it is stored. */
export interface PayloadRow {
  readonly recordId: string
  readonly compartment: Compartment
  readonly subject: string
  readonly keyId: string
  readonly sealed: Uint8Array
}

export interface PayloadOwner {
  readonly id: string
  readonly at: string
  readonly organizationId: string
  readonly groups: readonly SealedGroup[]
}

/** Encrypts the groups of some records, each under the data key of its scope. */
export async function encryptPayloads(
  run: Run,
  keys: PayloadKeys,
  owners: readonly PayloadOwner[],
): Promise<PayloadRow[]> {
  const rows: PayloadRow[] = []
  for (const owner of owners) {
    for (const group of owner.groups) {
      const { compartment, subject } = group
      const period = owner.at.slice(0, 7)
      const key = await keys.get(run, { organizationId: owner.organizationId, compartment, period, subject })
      const sealed = encrypt(key.key, writeGroup(group), boundTo(owner, compartment, subject, key.id))
      rows.push({ recordId: owner.id, compartment, subject, keyId: key.id, sealed })
    }
  }
  return rows
}

/**
 * The groups of some records whose keys live, by record id; those of erased keys are not in it. Inside a transaction the keys
 * stay locked until it ends, so that an erasure waits for it and then sees what it made of the values.
 */
export async function decryptPayloads(
  run: Run,
  keys: PayloadKeys,
  organizationId: string,
  ids: readonly string[],
): Promise<Map<string, SealedGroup[]>> {
  const rows = await run({
    name: 'ledger-payloads-of',
    text: `select record_id, compartment, subject, key_id, sealed from ledger_payload
      where record_id = any($1::uuid[]) order by 1, 2, 3`,
    values: [ids],
  })
  const living = new Map<string, DataKey | undefined>()
  const groups = new Map<string, SealedGroup[]>()
  for (const row of rows) {
    const keyId = asText(row['key_id'])
    if (!living.has(keyId)) living.set(keyId, await keys.find(run, keyId))
    const key = living.get(keyId)
    if (key === undefined) continue
    const id = asText(row['record_id'])
    groups.set(id, [...(groups.get(id) ?? []), readRow(row, key, { id, organizationId })])
  }
  return groups
}

const Plain = z.strictObject({
  salt: z.base64(),
  values: z.array(z.strictObject({ pointer: z.string(), field: z.string(), bytes: z.base64() })),
})

function writeGroup(group: SealedGroup): Uint8Array {
  const values = group.values.map((one) => ({ pointer: one.pointer, field: one.field, bytes: base64(one.bytes) }))
  return Buffer.from(JSON.stringify({ salt: base64(group.salt), values }))
}

function readRow(row: Row, key: DataKey, owner: { readonly id: string; readonly organizationId: string }): SealedGroup {
  const compartment = asText(row['compartment']) as Compartment
  const subject = asText(row['subject'])
  const bytes = decrypt(key.key, asBytes(row['sealed']), boundTo(owner, compartment, subject, key.id))
  const plain = Plain.parse(parseStrict(bytes, { maxBytes: bytes.length, maxDepth: 4 }))
  const values = plain.values.map((one) => ({ ...one, bytes: Buffer.from(one.bytes, 'base64') }))
  return { compartment, subject, salt: Buffer.from(plain.salt, 'base64'), values }
}

/** A payload cannot be moved to another record, compartment, person or key without failing to open. */
function boundTo(
  owner: { readonly id: string; readonly organizationId: string },
  compartment: Compartment,
  subject: string,
  keyId: string,
): string {
  return [owner.organizationId, owner.id, compartment, subject, keyId].join('|')
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
