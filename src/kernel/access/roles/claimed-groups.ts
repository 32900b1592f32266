import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { z } from 'zod'
import type { Db, Write } from '#platform/database.ts'
import type { AccessTables } from '../store.ts'

/** A group that an identity provider named when somebody signed in. */
export const ClaimedGroup = z
  .object({
    id: z.string(),
    issuerId: z.string(),
    issuerName: z.string().nullable(),
    value: z.string(),
    /** People who were said to be in it, and whose sign-in still counts. */
    members: z.int(),
  })
  .meta({ id: 'ClaimedGroup' })

/** Of one token; a provider that names more is not believed about the rest. */
const groupsMax = 200
const valueLengthMax = 200
/** As many as a page of all shows. */
const listedMax = 1000

/**
 * Notes which groups a provider says somebody is in, instead of those that it said before.
 *
 * @param claim what stands in the claim: a list of texts; anything else names no group
 * @param untilMs as long as the session that starts
 */
export async function keepClaimedGroups(
  tx: Write<AccessTables>,
  { issuerId, userId, claim }: { readonly issuerId: string; readonly userId: string; readonly claim: unknown },
  nowMs: number,
  untilMs: number,
): Promise<void> {
  await forgetClaimed(tx, { issuerId, userId })
  const values = groupsIn(claim)
  if (values.length === 0) return
  const groups = values.map((value) => ({ id: claimedGroupId(issuerId, value), value }))
  await tx
    .insertInto('access_claimed_group')
    .values(groups.map((one) => ({ ...one, issuer_id: issuerId, first_seen_at: new Date(nowMs) })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  await tx
    .insertInto('access_claimed_member')
    .values(groups.map(({ id }) => ({ group_id: id, user_id: userId, until: new Date(untilMs) })))
    .execute()
}

function groupsIn(claim: unknown): string[] {
  if (!Array.isArray(claim)) return []
  const texts = claim.filter(
    (one): one is string =>
      typeof one === 'string' && one !== '' && one.length <= valueLengthMax && !one.includes('\0'),
  )
  return [...new Set(texts)].slice(0, groupsMax).sort()
}

export function claimedGroupId(issuerId: string, value: string): string {
  const digest = createHash('sha256').update(`${issuerId}\0${value}`).digest('base64url')
  return `clm_${digest.slice(0, 20)}`
}

/** Nobody is in a group any more because this provider said so: of one person, or of all. */
export async function forgetClaimed(
  tx: Write<AccessTables>,
  { issuerId, userId }: { readonly issuerId?: string; readonly userId?: string },
): Promise<void> {
  let query = tx.deleteFrom('access_claimed_member')
  if (userId !== undefined) query = query.where('user_id', '=', userId)
  if (issuerId !== undefined)
    query = query.where('group_id', 'in', (is) =>
      is.selectFrom('access_claimed_group').select('id').where('issuer_id', '=', issuerId),
    )
  await query.execute()
}

/** Those that were named so far, by provider and value. */
export async function listClaimedGroups(db: Db<AccessTables>): Promise<z.infer<typeof ClaimedGroup>[]> {
  const rows = await db
    .selectFrom('access_claimed_group as g')
    .leftJoin('access_issuer as i', 'i.id', 'g.issuer_id')
    .select(['g.id', 'g.issuer_id', 'g.value', 'i.name'])
    .select(sql<number>`(select count(*)::int from access_membership m where m.group_id = g.id)`.as('members'))
    .orderBy('i.name')
    .orderBy('g.value')
    .limit(listedMax)
    .execute()
  return rows.map((one) => ({
    id: one.id,
    issuerId: one.issuer_id,
    issuerName: one.name,
    value: one.value,
    members: one.members,
  }))
}
