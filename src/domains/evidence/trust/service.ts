import { createHash } from 'node:crypto'
import type { ColumnType } from 'kysely'
import { z } from 'zod'
import { type Context, defineEvent, type LedgerTables, transact } from '#kernel/ledger'
import { canonicalize, type Json } from '#platform/canonical-json.ts'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { newId } from '#platform/ids.ts'
import { TrustRootNotFound } from '../errors.ts'
import type { Trust } from '../readers/format.ts'
import { readTrust } from './trust-file.ts'

export interface TrustTables {
  trust_root: {
    id: string
    name: string
    kind: 'sigstore' | 'key'
    material: ColumnType<unknown, string, string>
    identity: string | null
    issuer: string | null
    added_at: Date
    record_id: string
  }
}

type Tables = TrustTables & LedgerTables

export const TrustRoot = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: z.enum(['sigstore', 'key']),
    identity: z.string().nullable(),
    issuer: z.string().nullable(),
    addedAt: z.string(),
    recordId: z.string(),
  })
  .meta({ id: 'TrustRoot' })
export type TrustRoot = z.infer<typeof TrustRoot>

export const AddTrustRoot = z
  .object({
    name: z.string().regex(/^[A-Za-z0-9][\w ./@:-]{0,99}$/, 'must be a name of letters, digits and ` ./@:_-`'),
    /** A public key in PEM, or a `trusted_root.json` of Sigstore. */
    file: z.string().min(1).max(500_000),
    identity: z.string().min(1).max(2000).optional(),
    issuer: z.string().min(1).max(2000).optional(),
  })
  .strict()

/** Identity and issuer name workflows and addresses, so the record has the digest of it all and not the words. */
export const TrustRootAdded = defineEvent(
  'trust-root.added',
  z.object({ name: z.string(), kind: z.enum(['sigstore', 'key']), sha256: z.string() }),
  { description: 'signatures under statements that this trust root vouches for count from now on' },
)
export const TrustRootRemoved = defineEvent('trust-root.removed', z.object({ name: z.string() }), {
  description: 'a trust root does not count any more; what was verified with it keeps that it was',
})

/** @throws trust_root_wrong */
export async function addTrustRoot(
  db: Db<Tables>,
  ctx: Context,
  input: z.output<typeof AddTrustRoot>,
): Promise<TrustRoot> {
  const trust = readTrust(input.file, input)
  const id = newId('trr')
  const isKey = trust.kind === 'key'
  const material = isKey ? { publicKey: trust.publicKey } : (trust.trustedRoot as Json)
  const [identity, issuer] = isKey ? [null, null] : [trust.identity, trust.issuer]
  const sha256 = `sha256:${createHash('sha256').update(canonicalize({ material, identity, issuer })).digest('hex')}`
  const recordId = await transact(db, ctx, async (tx, record) => {
    const data = { name: input.name, kind: trust.kind, sha256 }
    const recorded = record(TrustRootAdded({ targets: [{ type: 'trust-root', id }], data, inputHash: sha256 }))
    const row = { id, name: input.name, kind: trust.kind, material: JSON.stringify(material), identity, issuer }
    await tx
      .insertInto('trust_root')
      .values({ ...row, added_at: new Date(ctx.clock()), record_id: recorded })
      .execute()
    return recorded
  })
  return { id, name: input.name, kind: trust.kind, identity, issuer, addedAt: timestamp(ctx.clock()), recordId }
}

/** @throws trust_root_not_found */
export async function removeTrustRoot(db: Db<Tables>, ctx: Context, id: string): Promise<void> {
  const row = await db.selectFrom('trust_root').select('name').where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw TrustRootNotFound({ trustRootId: id })
  await transact(db, ctx, async (tx, record) => {
    await tx.deleteFrom('trust_root').where('id', '=', id).execute()
    record(TrustRootRemoved({ targets: [{ type: 'trust-root', id }], data: { name: row.name } }))
  })
}

export async function listTrustRoots(db: Db<TrustTables>): Promise<TrustRoot[]> {
  const rows = await db.selectFrom('trust_root').selectAll().orderBy('added_at').orderBy('id').limit(rootsMax).execute()
  return rows.map(({ added_at, record_id, material: _, ...row }) => ({
    ...row,
    addedAt: timestamp(added_at.getTime()),
    recordId: record_id,
  }))
}

/** Those that statements are verified against. */
export async function trustRoots(db: Db<TrustTables>): Promise<Trust[]> {
  const rows = await db.selectFrom('trust_root').selectAll().orderBy('added_at').orderBy('id').limit(rootsMax).execute()
  return rows.map(({ kind, material, identity, issuer }) =>
    kind === 'key'
      ? { kind, publicKey: (material as { publicKey: string }).publicKey }
      : { kind, trustedRoot: material, identity: identity ?? '', issuer: issuer ?? '' },
  )
}

/** Each is tried in turn for each statement. */
const rootsMax = 50
