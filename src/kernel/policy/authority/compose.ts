import type { AccessPolicies, Permission } from '#kernel/ledger'
import base from './base.cedar?raw'
import baseSchema from './base.cedarschema?raw'

export interface AccessSource {
  readonly permissions: readonly Permission[]
  readonly access?: AccessPolicies | undefined
}

/** Texts of Cedar from which the set of policies of roles is compiled. */
export interface AccessTexts {
  readonly schema: string
  readonly policies: string
}

/**
 * Puts the policies of roles together: what each module says of its things, and for each permission that a route asks for and
 * that no module has policies about, a permit for the roles that it names.
 */
export function composeAccess(modules: readonly AccessSource[]): AccessTexts {
  const own = modules.flatMap((one) => (one.access === undefined ? [] : [one.access]))
  const declared = new Set(own.flatMap((one) => declaredActions(one.schema)))
  const plain = modules.flatMap((one) => one.permissions).filter((one) => !declared.has(one.name))
  const actions = plain.map(({ name }) =>
    `  action "${name}" appliesTo { ...plain };`.replace('...plain', plainApplies),
  )
  const schema = `namespace Countersign {\n${[baseSchema, ...actions, ...own.map((one) => one.schema)].join('\n')}\n}\n`
  const policies = [base, ...plain.flatMap(toPermit), ...own.map((one) => one.policies)].join('\n')
  return { schema, policies }
}

const plainApplies = 'principal: [User, Agent, Service], resource: [Organization], context: Asked'

export function declaredActions(schema: string): string[] {
  return [...schema.matchAll(/^\s*action\s+"([^"]+)"/gm)].map((one) => one[1] ?? '')
}

function toPermit({ name, about, roles = [] }: Permission): string[] {
  if (roles.length === 0) return []
  const title = `${about.charAt(0).toUpperCase()}${about.slice(1)}`.replaceAll('"', "'")
  const named = roles.map((role) => `Countersign::Role::"${role}"`).join(', ')
  return [
    `@id("role.${name.replace(':', '.')}")
@title("${title}")
permit (principal, action == Countersign::Action::"${name}", resource)
when { principal in [${named}] };
`,
  ]
}
