import { z } from 'zod'
import { allRoles } from '#kernel/access'
import type { Permission } from '#kernel/ledger'
import type { CedarPolicy } from '../cedar/policies.ts'
import type { AccessSet } from './access-set.ts'
import { shortName } from './short-name.ts'

const Answer = z.enum(['allow', 'conditions', 'deny'])

export const RolePolicy = z
  .object({
    id: z.string(),
    effect: z.enum(['permit', 'forbid']),
    title: z.string(),
    reason: z.string(),
    severity: z.string().nullable(),
    /** Cedar, as it decides. */
    text: z.string(),
    actions: z.array(z.string()),
  })
  .meta({ id: 'RolePolicy' })

/** What each role may do, as the policies that decide say it. */
export const RoleMatrix = z
  .object({
    revision: z.string(),
    roles: z.array(z.string()),
    actions: z.array(
      z.object({
        name: z.string(),
        about: z.string(),
        /** The type of things that are acted on; null where a role alone decides. */
        resourceType: z.string().nullable(),
        /** One for each role, in their order; `conditions`: by what is acted on. */
        cells: z.array(Answer),
        policies: z.array(z.string()),
      }),
    ),
    policies: z.array(RolePolicy),
  })
  .meta({ id: 'RoleMatrix' })

export function matrixOf(set: AccessSet, permissions: readonly Permission[]): z.infer<typeof RoleMatrix> {
  const { policies, schema } = set.policies
  const names = [...new Set(policies.flatMap((one) => one.actions.map(shortName)))].sort()
  const about = new Map(permissions.map((one) => [one.name, one.about]))
  return {
    revision: set.revision,
    roles: [...allRoles],
    actions: names.map((name) => {
      const of = policies.filter((one) => one.actions.some((action) => shortName(action) === name))
      return {
        name,
        about: about.get(name) ?? of.find((one) => one.effect === 'permit' && one.id !== ownerPolicy)?.title ?? name,
        resourceType: resourceTypeOf(schema, name),
        cells: allRoles.map((role) => cellOf(of, role)),
        policies: of.map((one) => one.id),
      }
    }),
    policies: policies.map(({ parts: _, ...one }) => ({ ...one, actions: one.actions.map(shortName) })),
  }
}

const ownerPolicy = 'role.owner'

function cellOf(of: readonly CedarPolicy[], role: string): z.infer<typeof Answer> {
  const permits = of.filter((one) => one.effect === 'permit' && holds(one, role))
  if (permits.length === 0) return 'deny'
  const isPlain = permits.some(({ parts = [] }) => parts.every((part) => part.roles !== undefined))
  return isPlain && of.every((one) => one.effect === 'permit') ? 'allow' : 'conditions'
}

function holds({ parts = [] }: CedarPolicy, role: string): boolean {
  return parts.every((part) => part.roles === undefined || part.roles.includes(role))
}

function resourceTypeOf(schema: string, action: string): string | null {
  const declared = schema.split('\n').find((line) => line.includes(`action "${action}"`))
  const type = /resource: \[(\w+)/.exec(declared ?? '')?.[1]
  return type === undefined || type === 'Organization' ? null : type
}
