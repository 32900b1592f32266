import { z } from 'zod'
import { canonicalize, parseStrict } from '#platform/canonical-json.ts'
import type { CedarPolicies } from '../cedar/policies.ts'
import { digestOf } from '../digest.ts'
import { engines } from '../engines.ts'

/** The policies of roles, compiled and frozen. */
export interface AccessSet {
  /** `sha256:…` of the snapshot. */
  readonly revision: string
  /** RFC 8785 JSON of the policies and of the engine that reads them. */
  readonly snapshot: string
  readonly policies: CedarPolicies
}

const Snapshot = z.strictObject({
  v: z.literal(1),
  engine: z.string(),
  schema: z.string(),
  policies: z.array(
    z.strictObject({
      id: z.string(),
      effect: z.enum(['permit', 'forbid']),
      title: z.string(),
      reason: z.string(),
      severity: z.string().nullable(),
      text: z.string(),
      actions: z.array(z.string()),
      parts: z
        .array(z.strictObject({ says: z.string(), text: z.string(), roles: z.array(z.string()).optional() }))
        .optional(),
    }),
  ),
})

export function createAccessSet({ schema, policies }: CedarPolicies): AccessSet {
  const snapshot = canonicalize({
    v: 1,
    engine: engines.cedar,
    schema,
    policies: policies.map(({ actions, parts, ...one }) => ({
      ...one,
      actions: [...actions],
      ...(parts === undefined
        ? {}
        : {
            parts: parts.map(({ roles, ...part }) => ({
              ...part,
              ...(roles === undefined ? {} : { roles: [...roles] }),
            })),
          }),
    })),
  })
  return { revision: digestOf(snapshot), snapshot, policies: { schema, policies } }
}

/** @throws Error for anything but a snapshot that was made by this version */
export function readAccessSet(snapshot: string): CedarPolicies {
  const { engine, schema, policies } = Snapshot.parse(
    parseStrict(snapshot, { maxBytes: 4 * 1024 * 1024, maxDepth: 20 }),
  )
  if (engine !== engines.cedar) throw new Error(`the policies of roles were compiled for ${engine}`)
  return {
    schema,
    policies: policies.map(({ parts, ...one }) => ({
      ...one,
      ...(parts === undefined
        ? {}
        : { parts: parts.map(({ roles, ...part }) => ({ ...part, ...(roles === undefined ? {} : { roles }) })) }),
    })),
  }
}
