import { personRoles } from '#kernel/ledger'
import { ScopeNotHeld } from './errors.ts'
import { allows, type Caller, member, type PermissionsOf } from './model.ts'

/** Who lets others in, and what is theirs to give. */
export interface Granting {
  readonly caller: Caller
  readonly permissionsOf: PermissionsOf
}

/**
 * Whoever says who may sign in as somebody could sign in as them: so they need what those may do. A token for providers alone
 * is no way to become an owner.
 *
 * @throws scope_not_held
 */
export async function requireScopesOf({ caller, permissionsOf }: Granting, roles: readonly string[]): Promise<void> {
  const beyond = (await permissionsOf(roles)).find((scope) => !allows(caller, scope))
  if (beyond !== undefined) throw ScopeNotHeld({ scope: beyond })
}

/** For what reaches people whatever roles they hold or are given later. @throws scope_not_held */
export async function requireScopesOfAll(by: Granting): Promise<void> {
  await requireScopesOf(by, [member, ...personRoles])
}
