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
 * The groups of one record whose keys live, and how many were erased or are gone. Run it in one transaction with what uses
 * the values when an erasure must wait for it: the keys are locked until it ends.
 */
export async function decryptPayloads(
  run: Run,
  keys: PayloadKeys,
  owner: { readonly id: string; readonly organizationId: string },
): Promise<SealedGroup[]> {
  const rows = await run({
    name: 'ledger-payload-of',
    text: 'select compartment, subject, key_id, sealed from ledger_payload where record_id = $1 order by 1, 2',
    values: [owner.id],
  })
  const groups: SealedGroup[] = []
  for (const row of rows) {
    const key = await keys.find(run, asText(row['key_id']))
    if (key !== undefined) groups.push(readRow(row, key, owner))
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
