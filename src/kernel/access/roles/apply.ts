import { developers } from '#kernel/ledger'
import type { Write } from '#platform/database.ts'
import { newId } from '#platform/ids.ts'
import type { AccessTables } from '../store.ts'
import { RoleChangeInvalid } from './errors.ts'
import type { RoleItem } from './model.ts'

interface Change {
  readonly id: string
  readonly add: readonly RoleItem[]
  readonly remove: readonly RoleItem[]
}

/** Makes a change hold. @throws role_change_invalid when it no longer fits what is held */
export async function applyChange(tx: Write<AccessTables>, { id, add, remove }: Change, atMs: number): Promise<void> {
  for (const item of remove) {
    if (!(await removeItem(tx, item))) throw RoleChangeInvalid({ reason: `${nameOf(item)} is not held` })
  }
  for (const item of add) {
    if (!(await addItem(tx, item, id, atMs))) throw RoleChangeInvalid({ reason: `${nameOf(item)} is held already` })
  }
}

async function addItem(tx: Write<AccessTables>, item: RoleItem, changeId: string, atMs: number): Promise<boolean> {
  const row = { role: item.role, team_id: item.teamId, change_id: changeId, since: new Date(atMs) }
  const made =
    item.kind === 'assignment'
      ? await tx
          .insertInto('access_role_assignment')
          .values({ id: newId('rla'), user_id: item.userId, ...row })
          .onConflict((conflict) => conflict.doNothing())
          .returning('id')
          .executeTakeFirst()
      : await tx
          .insertInto('access_role_mapping')
          .values({ id: newId('rlm'), group_id: item.groupId, ...row })
          .onConflict((conflict) => conflict.doNothing())
          .returning('id')
          .executeTakeFirst()
  return made !== undefined
}

async function removeItem(tx: Write<AccessTables>, item: RoleItem): Promise<boolean> {
  const gone =
    item.kind === 'assignment'
      ? await tx
          .deleteFrom('access_role_assignment')
          .where('user_id', '=', item.userId)
          .where('role', '=', item.role)
          .where('team_id', 'is not distinct from', item.teamId)
          .returning('id')
          .executeTakeFirst()
      : await tx
          .deleteFrom('access_role_mapping')
          .where('group_id', '=', item.groupId)
          .where('role', '=', item.role)
          .where('team_id', 'is not distinct from', item.teamId)
          .returning('id')
          .executeTakeFirst()
  return gone !== undefined
}

/** Everything that it names is there, and nothing stands in it twice. @throws role_change_invalid */
export async function checkChange(
  db: Pick<Write<AccessTables>, 'selectFrom'>,
  { add, remove }: Omit<Change, 'id'>,
): Promise<void> {
  const items = [...add, ...remove]
  if (items.length === 0) throw RoleChangeInvalid({ reason: 'it changes nothing' })
  if (new Set(items.map(nameOf)).size < items.length) throw RoleChangeInvalid({ reason: 'it says one thing twice' })
  for (const item of items) {
    if (!(await teamIsThere(db, item.teamId)))
      throw RoleChangeInvalid({ reason: `there is no team \`${item.teamId}\`` })
    if ((await isHeld(db, item)) === add.includes(item))
      throw RoleChangeInvalid({ reason: `${nameOf(item)} is ${add.includes(item) ? 'held already' : 'not held'}` })
  }
  for (const item of add) {
    refuseTeam(item)
    await requireHolder(db, item)
  }
}

async function teamIsThere(db: Pick<Write<AccessTables>, 'selectFrom'>, teamId: string | null): Promise<boolean> {
  if (teamId === null) return true
  return (await db.selectFrom('access_team').select('id').where('id', '=', teamId).executeTakeFirst()) !== undefined
}

/** What the roles of others than developers decide is mostly about no team, and counts wherever they are held. */
function refuseTeam({ role, teamId }: RoleItem): void {
  if (teamId === null || (developers as readonly string[]).includes(role)) return
  throw RoleChangeInvalid({ reason: `\`${role}\` counts for the whole organisation: name no team` })
}

async function requireHolder(db: Pick<Write<AccessTables>, 'selectFrom'>, item: RoleItem): Promise<void> {
  const found =
    item.kind === 'assignment'
      ? await db
          .selectFrom('access_user')
          .select('id')
          .where('id', '=', item.userId)
          .where('disabled_at', 'is', null)
          .where('role', 'not in', ['agent', 'service'])
          .executeTakeFirst()
      : await findGroup(db, item.groupId)
  if (found !== undefined) return
  const reason =
    item.kind === 'assignment' ? `\`${item.userId}\` is no active person` : `there is no group \`${item.groupId}\``
  throw RoleChangeInvalid({ reason })
}

/** Of the directory, or named by a provider. */
async function findGroup(db: Pick<Write<AccessTables>, 'selectFrom'>, id: string): Promise<object | undefined> {
  const brought = await db.selectFrom('access_group').select('id').where('id', '=', id).executeTakeFirst()
  return brought ?? (await db.selectFrom('access_claimed_group').select('id').where('id', '=', id).executeTakeFirst())
}

async function isHeld(db: Pick<Write<AccessTables>, 'selectFrom'>, item: RoleItem): Promise<boolean> {
  const found =
    item.kind === 'assignment'
      ? await db
          .selectFrom('access_role_assignment')
          .select('id')
          .where('user_id', '=', item.userId)
          .where('role', '=', item.role)
          .where('team_id', 'is not distinct from', item.teamId)
          .executeTakeFirst()
      : await db
          .selectFrom('access_role_mapping')
          .select('id')
          .where('group_id', '=', item.groupId)
          .where('role', '=', item.role)
          .where('team_id', 'is not distinct from', item.teamId)
          .executeTakeFirst()
  return found !== undefined
}

function nameOf(item: RoleItem): string {
  const who = item.kind === 'assignment' ? item.userId : `group ${item.groupId}`
  return `${item.role} of ${who} in ${item.teamId ?? 'the organisation'}`
}
