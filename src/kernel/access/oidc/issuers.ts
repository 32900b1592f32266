import { type Context, type LedgerTables, type RecordEvent, transact } from '#kernel/ledger'
import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import { newId } from '#platform/ids.ts'
import { findByIdentity, IdentityTaken, linkIdentity } from '../directory/identities.ts'
import { type Granting, requireScopesOf, requireScopesOfAll } from '../granting.ts'
import { member } from '../model.ts'
import { forgetClaimed } from '../roles/claimed-groups.ts'
import { type AccessTables, heldBy, insertUser, rolesIn } from '../store.ts'
import { IssuerAddress, IssuerLimit, IssuerNotFound, IssuerTaken, UserNotFound } from './errors.ts'
import { type IssuerSettings, issuerAdded, issuerChanged, issuerRemoved, userAdmitted } from './events.ts'
import * as store from './issuer-store.ts'
import type { ChangedIssuer, Issuer, NewIssuer, NewPerson } from './model.ts'
import { endSessionsOf } from './oidc-sessions.ts'
import { isProviderAddress } from './provider-fetch.ts'
import { Refused } from './refusals.ts'

type Tables = AccessTables & LedgerTables

const issuersMax = 20

/** The role of whom no directory brought: signed in, and allowed nothing that a permission guards. */
export const guest = 'guest'

/** By their external id a provider names people of the directory, whatever roles they hold or are given later. */
async function requireMatching(by: Granting, { matchClaim }: Pick<store.IssuerRow, 'matchClaim'>): Promise<void> {
  if (matchClaim !== null) await requireScopesOfAll(by)
}

/** By another claim a provider could put people into groups that roles are mapped to. */
async function requireGroups(tx: Write<Tables>, by: Granting, issuerId: string): Promise<void> {
  const mapped = await tx
    .selectFrom('access_role_mapping as m')
    .innerJoin('access_claimed_group as g', 'g.id', 'm.group_id')
    .select('m.role')
    .distinct()
    .where('g.issuer_id', '=', issuerId)
    .execute()
  if (mapped.length > 0) await requireScopesOf(by, [member, ...mapped.map((one) => one.role)])
}

/** Sessions that a provider began, and what it said of groups. */
async function endAllOf(tx: Write<Tables>, record: RecordEvent, ctx: Context, issuerId: string) {
  await forgetClaimed(tx, { issuerId })
  return endSessionsOf(tx, record, ctx, { issuerId })
}

/** @throws issuer_address_invalid, issuer_taken, issuer_limit, scope_not_held */
export async function addIssuer(
  db: Db<Tables>,
  ctx: Context,
  by: Granting,
  input: NewIssuer,
  allowsLoopback: boolean,
): Promise<Issuer> {
  await requireMatching(by, input)
  refuseAddress(input.issuer, allowsLoopback)
  if ((await store.listIssuerRows(db)).length >= issuersMax) throw IssuerLimit({ max: issuersMax })
  const id = newId('idp')
  const now = new Date(ctx.clock())
  return transact(db, ctx, async (tx, record) => {
    const { clientSecret, ...rest } = input
    const secret = clientSecret === undefined ? null : await sealSecret(tx, ctx, id, clientSecret)
    const row: store.IssuerRow = { ...rest, id, secret, createdAt: now, changedAt: now }
    if (!(await store.insertIssuer(tx, row))) throw IssuerTaken({ issuer: input.issuer })
    record(issuerAdded(id, settingsOf(row)))
    return shown(row)
  })
}

/**
 * Changes settings; switching one off ends the sessions that it began.
 *
 * @throws issuer_not_found, scope_not_held
 */
export async function changeIssuer(
  db: Db<Tables>,
  ctx: Context,
  by: Granting,
  id: string,
  change: ChangedIssuer,
): Promise<Issuer> {
  return transact(db, ctx, async (tx, record) => {
    const before = await store.lockIssuer(tx, id)
    if (before === undefined) throw IssuerNotFound({ issuerId: id })
    const { clientSecret, ...rest } = change
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
    const secret = await changedSecret(tx, ctx, before, clientSecret)
    const row: store.IssuerRow = { ...before, ...given, secret, changedAt: new Date(ctx.clock()) }
    await requireMatching(by, row)
    if (row.groupsClaim !== before.groupsClaim) await requireGroups(tx, by, id)
    await store.updateIssuer(tx, row)
    if (before.isActive && !row.isActive) await endAllOf(tx, record, ctx, id)
    record(issuerChanged(id, settingsOf(row), Object.keys(change).sort()))
    return shown(row)
  })
}

/** Removes a provider and ends the sessions that it began; people keep who they are. @throws issuer_not_found */
export async function removeIssuer(db: Db<Tables>, ctx: Context, id: string): Promise<void> {
  await transact(db, ctx, async (tx, record) => {
    const before = await store.lockIssuer(tx, id)
    if (before === undefined) throw IssuerNotFound({ issuerId: id })
    await store.deleteIssuer(tx, id)
    record(issuerRemoved(id, before.issuer, await endAllOf(tx, record, ctx, id)))
  })
}

export async function listIssuers(db: Db<Tables>): Promise<Issuer[]> {
  return (await store.listIssuerRows(db)).map(shown)
}

/**
 * Lets an account of a provider sign in as a user, who is made when none is named.
 *
 * @throws issuer_not_found, user_not_found, identity_taken, scope_not_held
 */
export async function addPerson(
  db: Db<Tables>,
  ctx: Context,
  by: Granting,
  issuerId: string,
  { subject, userId }: NewPerson,
): Promise<{ userId: string }> {
  const found = await store.findIssuer(db, issuerId)
  if (found === undefined) throw IssuerNotFound({ issuerId })
  const identity = { issuer: found.issuer, subject }
  const known = await findByIdentity(db, identity)
  if (known !== undefined && known.userId === userId) return { userId }
  if (known !== undefined) throw IdentityTaken({})
  return transact(db, ctx, async (tx, record) => {
    const id = userId ?? newId('usr')
    if (userId === undefined) {
      await insertUser(tx, id, guest, ctx.clock())
      record(userAdmitted(id, issuerId, 'owner'))
    } else {
      const roles = await rolesOfUser(tx, userId)
      if (roles === undefined) throw UserNotFound({ userId })
      await requireScopesOf(by, roles)
      // they may hold the same roles, and approve what the other proposed, or be given more
      await requireScopesOfAll(by)
    }
    await linkIdentity(tx, record, ctx, id, identity)
    return { userId: id }
  })
}

async function rolesOfUser(tx: Write<Tables>, id: string): Promise<string[] | undefined> {
  const row = await tx
    .selectFrom('access_user')
    .select('role')
    .select(heldBy('id').as('held'))
    .where('id', '=', id)
    .executeTakeFirst()
  return row === undefined ? undefined : rolesIn(row)
}

/**
 * The secret of a provider; undefined for a public client.
 *
 * @throws Refused when its key was erased
 */
export async function openSecret(ctx: Context, row: store.IssuerRow): Promise<string | undefined> {
  if (row.secret === null) return undefined
  const [plain] = await ctx.sealer.beside.open([{ ...row.secret, boundTo: boundTo(row.id) }])
  if (plain === undefined) throw new Refused('secret_unreadable')
  return new TextDecoder().decode(plain)
}

function changedSecret(tx: Write<Tables>, ctx: Context, before: store.IssuerRow, given: string | null | undefined) {
  if (given === undefined) return before.secret
  return given === null ? null : sealSecret(tx, ctx, before.id, given)
}

function sealSecret(tx: Write<Tables>, ctx: Context, id: string, plain: string) {
  return ctx.sealer.beside.seal(tx, ctx, new TextEncoder().encode(plain), boundTo(id))
}

function boundTo(id: string): string {
  return `issuer-secret|${id}`
}

/** @throws issuer_address_invalid */
export function refuseAddress(issuer: string, allowsLoopback: boolean): void {
  if (!isProviderAddress(issuer, allowsLoopback) || /[?#\s]/.test(issuer)) throw IssuerAddress({})
}

function settingsOf(row: store.IssuerRow): IssuerSettings {
  return {
    name: row.name,
    issuer: row.issuer,
    clientId: row.clientId,
    hasSecret: row.secret !== null,
    scopes: [...row.scopes],
    matchClaim: row.matchClaim,
    groupsClaim: row.groupsClaim,
    admitsUnknown: row.admitsUnknown,
    isActive: row.isActive,
  }
}

function shown(row: store.IssuerRow): Issuer {
  return {
    id: row.id,
    ...settingsOf(row),
    createdAt: timestamp(row.createdAt.getTime()),
    changedAt: timestamp(row.changedAt.getTime()),
  }
}
