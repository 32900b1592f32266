import { randomBytes, randomUUID } from 'node:crypto'
import type { Compartment } from './sealed.ts'
import { asBytes, asText, type Run } from './sql.ts'
import { decrypt, encrypt } from './vault.ts'

/** What one data key protects: values of one compartment of one organization, month and (where given) person. */
export interface KeyScope {
  readonly organizationId: string
  readonly compartment: Compartment
  /** UTC month, `2026-11`. */
  readonly period: string
  readonly subject: string
}

export interface DataKey {
  readonly id: string
  readonly key: Uint8Array
}

/** Data keys, made when first needed and wrapped under the key of the data folder (`kek`, 32 bytes). */
export interface PayloadKeys {
  /** The living key of a scope. It may have been erased since: the statement that stores payloads checks. */
  get(run: Run, scope: KeyScope): Promise<DataKey>
  /** The key with this id as the database has it now; undefined when it is erased. */
  find(run: Run, id: string): Promise<DataKey | undefined>
  /** Drops what is remembered, after the database said that a key is gone. */
  forget(): void
}

const rememberedMax = 2048

export function createPayloadKeys(kek: Uint8Array): PayloadKeys {
  const remembered = new Map<string, DataKey>()
  return {
    get: async (run, scope) => {
      const name = scopeName(scope)
      const known = remembered.get(name) ?? (await findAlive(run, kek, scope))
      if (known === undefined) return make(run, kek, scope)
      if (remembered.size >= rememberedMax) remembered.clear()
      remembered.set(name, known)
      return known
    },
    find: async (run, id) => {
      const rows = await run({
        name: 'ledger-key-by-id',
        text: `select key_id, wrapped, organization_id, compartment, period, subject from ledger_key
          where key_id = $1 and wrapped is not null for share`,
        values: [id],
      })
      const row = rows[0]
      if (row === undefined) return undefined
      const scope = [row['organization_id'], row['compartment'], row['period'], row['subject']].map(asText).join('|')
      return { id, key: unwrap(kek, asBytes(row['wrapped']), id, scope) }
    },
    forget: () => remembered.clear(),
  }
}

async function findAlive(run: Run, kek: Uint8Array, scope: KeyScope): Promise<DataKey | undefined> {
  const rows = await run({
    name: 'ledger-key-by-scope',
    text: `select key_id, wrapped from ledger_key where organization_id = $1 and compartment = $2 and period = $3
      and subject = $4 and wrapped is not null`,
    values: [scope.organizationId, scope.compartment, scope.period, scope.subject],
  })
  const row = rows[0]
  if (row === undefined) return undefined
  const id = asText(row['key_id'])
  return { id, key: unwrap(kek, asBytes(row['wrapped']), id, scopeName(scope)) }
}

/** A new key is not remembered: the transaction that it was made in may still roll back. */
async function make(run: Run, kek: Uint8Array, scope: KeyScope): Promise<DataKey> {
  const id = randomUUID()
  const key = randomBytes(32)
  const made = await run({
    name: 'ledger-key-make',
    text: `insert into ledger_key (key_id, organization_id, compartment, period, subject, wrapped)
      values ($1, $2, $3, $4, $5, $6)
      on conflict (organization_id, compartment, period, subject) where wrapped is not null do nothing returning key_id`,
    values: [
      id,
      scope.organizationId,
      scope.compartment,
      scope.period,
      scope.subject,
      encrypt(kek, key, `${id}|${scopeName(scope)}`),
    ],
  })
  if (made.length > 0) return { id, key }
  const other = await findAlive(run, kek, scope)
  if (other === undefined) throw new Error('a data key was erased at the moment that it was made')
  return other
}

function unwrap(kek: Uint8Array, wrapped: Uint8Array, id: string, scope: string): Uint8Array {
  return decrypt(kek, wrapped, `${id}|${scope}`)
}

function scopeName({ organizationId, compartment, period, subject }: KeyScope): string {
  return [organizationId, compartment, period, subject].join('|')
}
