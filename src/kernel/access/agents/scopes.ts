import { ScopeNotHeld, ScopeUnknown } from '../errors.ts'
import { allows, type Caller, everything, type PermissionsOf } from '../model.ts'
import { ScopeNotForAgents } from './errors.ts'
import { agentRole } from './model.ts'

/** Permissions that make ways in which outlive whoever uses them: no agent and no token of minutes carries one, whatever roles say. */
const lasting = new Set([
  everything,
  'token:write',
  'agent:write',
  'agent:suspend',
  'agent:administer',
  'ci-trust:write',
  'scim-client:write',
  'scim:provision',
  'issuer:write',
  'role:write',
  'role-change:decide',
  'team:write',
  'people:recover',
])

export function isLasting(scope: string): boolean {
  return lasting.has(scope)
}

/** Whoever gives permissions to an agent, and what there is to give. */
export interface Giving {
  readonly caller: Caller
  readonly known: ReadonlySet<string>
  readonly permissionsOf: PermissionsOf
}

/**
 * Whether an agent may be given these: they exist, the role of agents carries them, and the giver holds them.
 *
 * @throws scope_unknown, scope_not_for_agents, scope_not_held
 */
export async function requireGivable(
  { caller, known, permissionsOf }: Giving,
  scopes: readonly string[],
): Promise<void> {
  const ofAgents = await permissionsOf([agentRole])
  for (const scope of scopes) {
    if (!known.has(scope)) throw ScopeUnknown({ scope })
    if (isLasting(scope) || !ofAgents.includes(scope)) throw ScopeNotForAgents({ scope })
    if (!allows(caller, scope)) throw ScopeNotHeld({ scope })
  }
}
