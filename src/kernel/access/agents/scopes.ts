import { ScopeNotHeld, ScopeUnknown } from '../errors.ts'
import { allows, type Caller, everything } from '../model.ts'
import { ScopeLasting } from './errors.ts'

/** Permissions that make ways in which outlive whoever uses them: no agent and no token of minutes carries one. */
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
])

export function isLasting(scope: string): boolean {
  return lasting.has(scope)
}

/**
 * Whether the caller may give these to an agent.
 *
 * @throws scope_unknown, scope_lasting, scope_not_held
 */
export function requireGivable(caller: Caller, known: ReadonlySet<string>, scopes: readonly string[]): void {
  for (const scope of scopes) {
    if (isLasting(scope)) throw ScopeLasting({ scope })
    if (!known.has(scope)) throw ScopeUnknown({ scope })
    if (!allows(caller, scope)) throw ScopeNotHeld({ scope })
  }
}
