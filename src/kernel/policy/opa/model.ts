import { z } from 'zod'
import { engineKinds, engineName } from './answer.ts'

const name = z.string().regex(engineName, { error: 'is small letters, digits and dashes, at most 40, a letter first' })
/** Of a document, as OPA writes it in its REST paths and `opa build` its entrypoints. */
const path = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/, { error: 'is names with slashes between them' })
const mode = z.enum(['off', 'audit', 'warn', 'enforce'])
const repositories = z
  .array(z.string().regex(/^[A-Za-z0-9_-]{1,100}$/))
  .min(1)
  .max(500)
const token = z
  .string()
  .regex(/^[\x21-\x7e]+$/)
  .max(4096)
const expectedRevision = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => text.split('*').length <= 2, { error: 'has at most one `*`' })
const timeoutMs = z.int().min(50).max(10_000)

const settings = {
  gate: z.enum(['merge', 'deploy']).default('merge'),
  mode: mode.default('audit'),
  category: z.enum(['security', 'quality', 'compliance']).default('compliance'),
  /** Who can mend what it finds. */
  owner: z.enum(['author', 'reviewer', 'security', 'platform', 'legal']).default('author'),
  /** The repositories whose changes it is asked about; null for all. */
  repositories: repositories.nullable().default(null),
}

export const NewBoundEngine = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('opa-remote'),
      name,
      ...settings,
      url: z.string().max(500),
      path,
      token: token.optional(),
      timeoutMs: timeoutMs.default(500),
      /** What the revision of its bundles must be; one `*` stands for anything. */
      expectedRevision: expectedRevision.nullable().default(null),
    }),
    z.strictObject({
      kind: z.literal('opa-bundle'),
      name,
      ...settings,
      /** `sha256:…` of a bundle that was sent before. */
      bundle: z.string().max(80),
      /** Its entrypoint; the first of its manifest when absent. */
      path: path.optional(),
    }),
  ])
  .meta({ id: 'NewBoundEngine' })
export type NewBoundEngine = z.infer<typeof NewBoundEngine>

/** Kind and name stay: the rules of earlier decisions are told by them. */
export const ChangedBoundEngine = z
  .strictObject({
    mode,
    category: settings.category.unwrap(),
    owner: settings.owner.unwrap(),
    repositories: repositories.nullable(),
    path,
    bundle: z.string().max(80),
    url: z.string().max(500),
    /** null where it asks for none any more. */
    token: token.nullable(),
    timeoutMs,
    expectedRevision: expectedRevision.nullable(),
  })
  .partial()
  .refine((change) => Object.keys(change).length > 0, { error: 'must change something' })
  .meta({ id: 'ChangedBoundEngine' })
export type ChangedBoundEngine = z.infer<typeof ChangedBoundEngine>

/** What decides how much an engine lets through. */
export type EngineTerms = Pick<BoundEngine, 'mode' | 'path' | 'bundle' | 'url' | 'expectedRevision' | 'repositories'>

export const EngineChangeApproval = z
  .strictObject({
    /** The settings as whoever changes them will send them, without the token and what lets nothing more through; null to remove it. */
    change: z
      .strictObject({
        mode,
        repositories: repositories.nullable(),
        path,
        bundle: z.string().max(80),
        url: z.string().max(500),
        expectedRevision: expectedRevision.nullable(),
      })
      .partial()
      .nullable(),
    /** As the refusal of the change names it. */
    digest: z.string().max(100),
  })
  .meta({ id: 'PolicyEngineChangeApproval' })
export type EngineChangeApproval = z.infer<typeof EngineChangeApproval>

export const BoundEngine = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: z.enum(engineKinds),
    gate: z.enum(['merge', 'deploy']),
    mode,
    category: settings.category.unwrap(),
    owner: settings.owner.unwrap(),
    repositories: z.array(z.string()).nullable(),
    path: z.string(),
    /** Of the bundle; null for an OPA elsewhere. */
    bundle: z.string().nullable(),
    /** Of an OPA elsewhere; null for a bundle. */
    url: z.string().nullable(),
    hasToken: z.boolean(),
    timeoutMs: z.int(),
    expectedRevision: z.string().nullable(),
    /** Whether its decisions can be made again: what an OPA elsewhere says can be asked once. */
    isReplayable: z.boolean(),
    createdAt: z.iso.datetime(),
    changedAt: z.iso.datetime(),
  })
  .meta({ id: 'BoundEngine' })
export type BoundEngine = z.infer<typeof BoundEngine>

export const PolicyBundle = z
  .object({
    digest: z.string(),
    /** As its author named it; empty when nobody did. */
    revision: z.string(),
    entrypoints: z.array(z.string()),
    bytes: z.int(),
    addedAt: z.iso.datetime(),
  })
  .meta({ id: 'PolicyBundle' })
export type PolicyBundle = z.infer<typeof PolicyBundle>

/** What an engine said when it was asked about an empty document. */
export const BoundEngineCheck = z
  .object({
    ok: z.boolean(),
    error: z.string().nullable(),
    revision: z.string().nullable(),
    /** Ids of the rules that it told, which the empty document does not meet. */
    violations: z.array(z.string()),
    took: z.object({ milliseconds: z.number() }),
  })
  .meta({ id: 'BoundEngineCheck' })
export type BoundEngineCheck = z.infer<typeof BoundEngineCheck>
