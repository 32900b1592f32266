import { type Context, type LedgerTables, transact } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { digestOf } from '../digest.ts'
import type { BundleRunner } from '../opa-bundle/runner.ts'
import { BundleInUse, BundleLimit, BundleNotFound, BundleRefused } from './errors.ts'
import { BundleAdded, BundleRemoved } from './events.ts'
import type { PolicyBundle } from './model.ts'
import * as store from './store.ts'
import type { OpaTables } from './tables.ts'

type Tables = OpaTables & LedgerTables

/** Each is kept while decisions may be made again with it. */
const bundlesMax = 200

/**
 * Takes a bundle: it is loaded once, in a thread that is thrown away, and kept by the digest of its bytes. One that is there
 * already is answered as it is.
 *
 * @throws policy_bundle_refused, policy_bundle_limit
 */
export async function addBundle(
  db: Db<Tables>,
  ctx: Context,
  runner: BundleRunner,
  content: Uint8Array,
): Promise<PolicyBundle> {
  const digest = digestOf(content)
  const known = await store.findBundle(db, digest)
  if (known !== undefined) return known
  if ((await store.listBundles(db)).length >= bundlesMax) throw BundleLimit({ max: bundlesMax })
  const checked = await runner.check(content)
  if ('reason' in checked) throw BundleRefused({ reason: checked.reason })
  const bundle = {
    digest,
    revision: checked.revision,
    entrypoints: [...checked.entrypoints],
    bytes: content.length,
    addedAt: timestamp(ctx.clock()),
  }
  return transact(db, ctx, async (tx, record) => {
    await store.insertBundle(tx, { ...bundle, content })
    const { revision, bytes } = bundle
    record(BundleAdded({ targets: [{ type: 'policy-bundle', id: digest }], data: { digest, revision, bytes } }))
    return bundle
  })
}

/** @throws policy_bundle_not_found, policy_bundle_in_use */
export async function removeBundle(db: Db<Tables>, ctx: Context, digest: string): Promise<void> {
  await transact(db, ctx, async (tx, record) => {
    await store.lockEngines(tx)
    const engine = await store.userOfBundle(tx, digest)
    if (engine !== undefined) throw BundleInUse({ digest, engine })
    if (!(await store.deleteBundle(tx, digest))) throw BundleNotFound({ digest })
    record(BundleRemoved({ targets: [{ type: 'policy-bundle', id: digest }], data: { digest } }))
  })
}
