import { type AccessTables, isProviderAddress } from '#kernel/access'
import { type Context, type LedgerTables, transact } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import { newId } from '#platform/ids.ts'
import { boundEnginesMax } from '../question.ts'
import {
  BoundEngineAddress,
  BoundEngineLimit,
  BoundEngineNotFound,
  BoundEngineSetting,
  BoundEngineTaken,
  BoundEngineTokenElsewhere,
  BundleNotFound,
  EntrypointMissing,
} from './errors.ts'
import { BoundEngineAdded, BoundEngineChanged, BoundEngineRemoved, type EngineSettings } from './events.ts'
import type { BoundEngine, ChangedBoundEngine, NewBoundEngine } from './model.ts'
import { approvalFor } from './second-person.ts'
import * as store from './store.ts'
import type { OpaTables } from './tables.ts'

type Tables = OpaTables & AccessTables & LedgerTables

/** What an engine of each kind cannot be given. */
const foreign = {
  'opa-remote': ['bundle'],
  'opa-bundle': ['url', 'token', 'timeoutMs', 'expectedRevision'],
} as const

/**
 * Binds an OPA to a gate.
 *
 * @throws policy_engine_address_invalid, policy_engine_taken, policy_engine_limit, policy_bundle_not_found,
 * policy_bundle_entrypoint_missing
 */
export async function addEngine(db: Db<Tables>, ctx: Context, input: NewBoundEngine): Promise<BoundEngine> {
  const id = newId('eng')
  const now = new Date(ctx.clock())
  return transact(db, ctx, async (tx, record) => {
    await store.lockEngines(tx)
    const own = await ownSettings(tx, ctx, id, input)
    const { name, kind, gate, mode, category, owner, repositories } = input
    const row = { id, name, kind, gate, mode, category, owner, repositories, ...own, createdAt: now, changedAt: now }
    const beside = (await store.listEngineRows(tx)).filter((one) => one.gate === gate)
    if (beside.length >= boundEnginesMax) throw BoundEngineLimit({ max: boundEnginesMax })
    if (!(await store.insertEngine(tx, row))) throw BoundEngineTaken({ name })
    record(BoundEngineAdded({ targets: [targetOf(id)], data: settingsOf(row) }))
    return shown(row)
  })
}

/**
 * Changes settings; what was decided before stays as it was.
 *
 * @throws policy_engine_not_found, policy_engine_setting_invalid, policy_engine_token_elsewhere, policy_engine_address_invalid, policy_bundle_not_found,
 * policy_bundle_entrypoint_missing, policy_engine_approval_needed, second_person_required
 */
export async function changeEngine(
  db: Db<Tables>,
  ctx: Context,
  id: string,
  change: ChangedBoundEngine,
): Promise<BoundEngine> {
  return transact(db, ctx, async (tx, record) => {
    const before = await store.lockEngine(tx, id)
    if (before === undefined) throw BoundEngineNotFound({ engineId: id })
    const { kind } = before
    const wrong = foreign[kind].find((setting) => change[setting] !== undefined)
    if (wrong !== undefined) throw BoundEngineSetting({ setting: wrong, kind })
    const { token, ...rest } = change
    if (token === undefined && isElsewhere(before, change)) throw BoundEngineTokenElsewhere({})
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
    const row: store.EngineRow = {
      ...before,
      ...given,
      token: await changedToken(tx, ctx, before, token),
      changedAt: new Date(ctx.clock()),
    }
    if (row.url !== null) refuseAddress(row.url)
    if (row.bundle !== null) await refuseEntrypoint(tx, row.bundle, row.path)
    const approval = await approvalFor(tx, ctx, before, row)
    await store.updateEngine(tx, row)
    const changed = Object.keys(change).sort()
    record(
      BoundEngineChanged({
        targets: [targetOf(id)],
        refs: refsOf(approval),
        data: { ...settingsOf(row), changed },
      }),
    )
    return shown(row)
  })
}

/** @throws policy_engine_not_found, policy_engine_approval_needed, second_person_required */
export async function removeEngine(db: Db<Tables>, ctx: Context, id: string): Promise<void> {
  await transact(db, ctx, async (tx, record) => {
    const before = await store.lockEngine(tx, id)
    if (before === undefined) throw BoundEngineNotFound({ engineId: id })
    const approval = await approvalFor(tx, ctx, before, null)
    await store.deleteEngine(tx, id)
    const data = { name: before.name, gate: before.gate }
    record(BoundEngineRemoved({ targets: [targetOf(id)], refs: refsOf(approval), data }))
  })
}

export async function listEngines(db: Db<OpaTables>): Promise<BoundEngine[]> {
  return (await store.listEngineRows(db)).map(shown)
}

/** The token of an OPA elsewhere; undefined when it asks for none. @throws Error when its key was erased */
export async function openToken(ctx: Context, row: store.EngineRow): Promise<string | undefined> {
  if (row.token === null) return undefined
  const [plain] = await ctx.sealer.beside.open([{ ...row.token, boundTo: boundTo(row.id) }])
  if (plain === undefined) throw new Error('the key of the token of a policy engine was erased')
  return new TextDecoder().decode(plain)
}

type OwnSettings = Pick<store.EngineRow, 'path' | 'bundle' | 'url' | 'token' | 'timeoutMs' | 'expectedRevision'>

async function ownSettings(tx: Write<Tables>, ctx: Context, id: string, input: NewBoundEngine): Promise<OwnSettings> {
  if (input.kind === 'opa-remote') {
    const { path, url, token, timeoutMs, expectedRevision } = input
    refuseAddress(url)
    return {
      path,
      bundle: null,
      url,
      token: token === undefined ? null : await sealToken(tx, ctx, id, token),
      timeoutMs,
      expectedRevision,
    }
  }
  const path = await refuseEntrypoint(tx, input.bundle, input.path)
  return { path, bundle: input.bundle, url: null, token: null, timeoutMs: 500, expectedRevision: null }
}

/** @returns the entrypoint that is meant */
async function refuseEntrypoint(tx: Write<Tables>, digest: string, path: string | undefined): Promise<string> {
  const bundle = (await store.holdBundle(tx, digest)) ? await store.findBundle(tx, digest) : undefined
  if (bundle === undefined) throw BundleNotFound({ digest })
  const wanted = path ?? bundle.entrypoints[0] ?? ''
  if (bundle.entrypoints.includes(wanted)) return wanted
  throw EntrypointMissing({ path: wanted, entrypoints: bundle.entrypoints.slice(0, 5).join(', ') })
}

/** Whether a token that is kept would go to another address than it was given for. */
function isElsewhere({ token, url: before }: store.EngineRow, { url }: ChangedBoundEngine): boolean {
  if (token === null || before === null || url === undefined) return false
  return !URL.canParse(url) || new URL(url).origin !== new URL(before).origin
}

/** An OPA is run beside what asks it, so plain HTTP to this machine is usual; anywhere else it would show facts and token. */
function refuseAddress(url: string): void {
  if (!isProviderAddress(url, true) || /[?#\s]/.test(url)) throw BoundEngineAddress({})
}

function changedToken(tx: Write<Tables>, ctx: Context, before: store.EngineRow, given: string | null | undefined) {
  if (given === undefined) return before.token
  return given === null ? null : sealToken(tx, ctx, before.id, given)
}

function sealToken(tx: Write<Tables>, ctx: Context, id: string, plain: string) {
  return ctx.sealer.beside.seal(tx, ctx, new TextEncoder().encode(plain), boundTo(id))
}

function boundTo(id: string): string {
  return `policy-engine-token|${id}`
}

function settingsOf(row: store.EngineRow): EngineSettings {
  const { name, kind, gate, mode, category, owner, path, bundle, url, timeoutMs, expectedRevision } = row
  return {
    ...{ name, kind, gate, mode, category, owner, path, bundle, url, timeoutMs, expectedRevision },
    repositories: row.repositories?.length ?? null,
    hasToken: row.token !== null,
  }
}

function shown(row: store.EngineRow): BoundEngine {
  const { token, createdAt, changedAt, ...rest } = row
  return {
    ...rest,
    repositories: row.repositories === null ? null : [...row.repositories],
    hasToken: token !== null,
    isReplayable: row.kind === 'opa-bundle',
    createdAt: timestamp(createdAt.getTime()),
    changedAt: timestamp(changedAt.getTime()),
  }
}

function refsOf(approval: { readonly recordId: string } | undefined): string[] {
  return approval === undefined ? [] : [approval.recordId]
}

function targetOf(id: string) {
  return { type: 'policy-engine', id }
}
