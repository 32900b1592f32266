import { timestamp } from '#platform/clock.ts'
import type { Write } from '#platform/database.ts'
import type { Context } from './context.ts'
import type { DataKey, PayloadKeys } from './payload-keys.ts'
import { type Run, runIn } from './sql.ts'
import { decrypt, encrypt } from './vault.ts'

/** Encrypted bytes as a domain keeps them in a table of its own. */
export interface SealedBytes {
  readonly keyId: string
  readonly sealed: Uint8Array
}

/**
 * For bytes that stand beside a record because they are too large for its payload: encrypted under the same keys, and erased
 * with them (`eraseKeys` of compartment `content` and the month).
 */
export interface Beside {
  /** Inside the transaction that stores them. `boundTo` names what they belong to: as another's they do not open. */
  seal<T>(
    tx: Write<T>,
    ctx: Pick<Context, 'organizationId' | 'clock'>,
    plain: Uint8Array,
    boundTo: string,
  ): Promise<SealedBytes>
  /** In the order asked; undefined where the key was erased. */
  open(parts: readonly (SealedBytes & { readonly boundTo: string })[]): Promise<(Uint8Array | undefined)[]>
  /** Those of the keys that were not erased. */
  living(keyIds: readonly string[]): Promise<ReadonlySet<string>>
}

export function createBeside(run: Run, keys: PayloadKeys): Beside {
  return {
    seal: async (tx, ctx, plain, boundTo) => {
      const period = timestamp(ctx.clock()).slice(0, 7)
      const scope = { organizationId: ctx.organizationId, compartment: 'content' as const, period, subject: '' }
      const key = await livingKey(runIn(tx), keys, scope)
      return { keyId: key.id, sealed: encrypt(key.key, plain, `beside|${boundTo}|${key.id}`) }
    },
    open: async (parts) => {
      const living = new Map<string, DataKey | undefined>()
      for (const { keyId } of parts) if (!living.has(keyId)) living.set(keyId, await keys.find(run, keyId))
      return parts.map(({ keyId, sealed, boundTo }) => {
        const key = living.get(keyId)
        return key === undefined ? undefined : decrypt(key.key, sealed, `beside|${boundTo}|${keyId}`)
      })
    },
    living: async (keyIds) => {
      const living = new Set<string>()
      for (const id of new Set(keyIds)) if ((await keys.find(run, id)) !== undefined) living.add(id)
      return living
    },
  }
}

/** The key of a scope, locked until the transaction ends, so that an erasure waits for it. */
async function livingKey(run: Run, keys: PayloadKeys, scope: Parameters<PayloadKeys['get']>[1]): Promise<DataKey> {
  for (let attempt = 1; attempt <= 3; attempt++) {
    const key = await keys.get(run, scope)
    const living = await keys.find(run, key.id)
    if (living !== undefined) return living
    keys.forget()
  }
  throw new Error('a data key was erased again and again while bytes were sealed under it')
}
