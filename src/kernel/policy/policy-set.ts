import { z } from 'zod'
import { canonicalize, type Json, parseStrict } from '#platform/canonical-json.ts'
import { whyTooDeep } from './cedar/lex.ts'
import type { CedarPolicies } from './cedar/policies.ts'
import { digestOf } from './digest.ts'
import { engines } from './engines.ts'
import { PolicyEngineDiffers, PolicySettingInvalid, PolicySnapshotInvalid } from './errors.ts'
import type { JsonSchema, Mode } from './model.ts'
import { compilePack, type Pack } from './pack/pack.ts'
import { type ParamValue, whyNotParam } from './pack/params.ts'
import { type Floors, isNone, type Lowered, noFloors, underFloors, written } from './settings/floors.ts'

/** Rules, policies and settings that decide together, frozen. */
export interface PolicySet {
  /** `sha256:…` of the snapshot. */
  readonly revision: string
  /** RFC 8785 JSON of everything that decides: packs, Cedar schema and policies, settings, engines. */
  readonly snapshot: string
  readonly packs: readonly Pack[]
  readonly cedar: CedarPolicies
  readonly factsSchema: JsonSchema
  /** What holds: what was asked for, where it is not below the floors. */
  readonly settings: Settings
  /** What was asked for and does not hold. */
  readonly lowered: readonly Lowered[]
}

export interface Settings {
  /** Pack id -> parameter -> value. */
  readonly params: { readonly [packId: string]: { readonly [name: string]: ParamValue } }
  /** Full rule id -> mode, instead of the pack's. */
  readonly modes: { readonly [ruleId: string]: Mode }
}

/**
 * Puts packs, policies and settings together.
 *
 * @throws policy_setting_invalid when a setting names nothing or has a value that its pack does not allow
 */
export function createPolicySet(input: {
  readonly packs: readonly Pack[]
  readonly cedar: { readonly schema: string; readonly policies: CedarPolicies }
  /** What the repository asks for. */
  readonly settings?: Partial<Settings>
  /** Below which it gets nothing; none when absent. What of them no longer fits the packs is ignored. */
  readonly floors?: Floors
}): PolicySet {
  const { packs, cedar, floors = noFloors } = input
  const factsSchema = oneSchema(packs)
  const asked: Settings = { params: input.settings?.params ?? {}, modes: input.settings?.modes ?? {} }
  if (cedar.policies.schema !== cedar.schema)
    throw new Error('the Cedar policies were validated against another schema')
  refuseWrongSettings(packs, asked)
  const snapshot = canonicalize({
    v: 1,
    engines,
    factsSchema: factsSchema as Json,
    packs: packs.map(({ id, version, digest, text }) => ({ id, version, digest, text })),
    cedar: {
      schema: cedar.schema,
      policies: cedar.policies.policies.map(({ parts: _, ...one }) => ({ ...one, actions: [...one.actions] })),
    },
    params: asked.params,
    modes: asked.modes,
    ...(isNone(floors) ? {} : { floors: written(floors) }),
  })
  const held = underFloors(packs, asked, floors)
  return { revision: digestOf(snapshot), snapshot, packs, cedar: cedar.policies, factsSchema, ...held }
}

const snapshotLimits = { maxBytes: 8 * 1024 * 1024, maxDepth: 60 }

const Params = z.record(
  z.string(),
  z.record(z.string(), z.union([z.number(), z.boolean(), z.string(), z.array(z.string())])),
)
const Modes = z.record(z.string(), z.enum(['off', 'audit', 'warn', 'enforce']))

/** Of a snapshot that has some. */
export const SnapshotFloors = z.strictObject({
  levels: z.array(z.strictObject({ scope: z.string(), params: Params, modes: Modes })).max(20),
  repositoriesMayLower: z.boolean(),
})

const Snapshot = z.strictObject({
  v: z.literal(1),
  engines: z.strictObject({ cel: z.string(), cedar: z.string(), rules: z.string() }),
  factsSchema: z.record(z.string(), z.unknown()),
  packs: z
    .array(z.strictObject({ id: z.string(), version: z.string(), digest: z.string(), text: z.string() }))
    .max(200),
  cedar: z.strictObject({
    schema: z.string(),
    policies: z
      .array(
        z.strictObject({
          id: z.string(),
          effect: z.enum(['permit', 'forbid']),
          title: z.string(),
          reason: z.string(),
          severity: z.string().nullable(),
          text: z.string(),
          actions: z.array(z.string()),
        }),
      )
      .max(2000),
  }),
  params: Params,
  modes: Modes,
  floors: SnapshotFloors.optional(),
})

/**
 * A policy set from its stored snapshot, compiled and checked again: the snapshot may come from anywhere.
 *
 * @throws policy_snapshot_invalid, policy_engine_differs, policy_setting_invalid
 */
export function openPolicySet(snapshot: string): PolicySet {
  const stored = readSnapshot(snapshot)
  for (const [engine, recorded] of Object.entries(stored.engines)) {
    const ours = engines[engine as keyof typeof engines]
    if (recorded !== ours) throw PolicyEngineDiffers({ engine, recorded: recorded.slice(0, 100), ours })
  }
  const { schema, policies } = stored.cedar
  for (const text of [schema, ...policies.map((one) => one.text)]) {
    const reason = whyTooDeep(text)
    if (reason !== undefined) throw PolicySnapshotInvalid({ reason })
  }
  const packs = stored.packs.map(({ id, text }) => openPack(id, text, stored.factsSchema))
  const { params, modes, floors = noFloors } = stored
  const cedar = { schema, policies: { schema, policies } }
  const set = createPolicySet({ packs, cedar, settings: { params, modes }, floors })
  if (set.snapshot !== snapshot)
    throw PolicySnapshotInvalid({ reason: 'it is not in canonical form, or its digests are wrong' })
  return set
}

function readSnapshot(snapshot: string): z.infer<typeof Snapshot> {
  const parsed = Snapshot.safeParse(parseStrict(snapshot, snapshotLimits))
  if (parsed.success) return parsed.data
  throw PolicySnapshotInvalid({ reason: `\`${parsed.error.issues[0]?.path.join('.')}\` is not what it should be` })
}

function openPack(id: string, text: string, factsSchema: JsonSchema): Pack {
  try {
    const { pack, diagnostics } = compilePack(text, { source: id, factsSchema })
    if (pack !== undefined) return pack
    throw PolicySnapshotInvalid({ reason: `pack \`${id}\`: ${diagnostics[0]?.message}` })
  } catch (error) {
    if (PolicySnapshotInvalid.is(error)) throw error
    throw PolicySnapshotInvalid({ reason: 'its schema of the facts cannot be used' }, error)
  }
}

function oneSchema(packs: readonly Pack[]): JsonSchema {
  const [first, ...more] = packs
  if (first === undefined) throw new Error('a policy set needs a pack')
  const text = canonicalize(first.factsSchema as Json)
  const other = more.find(
    (one) => one.factsSchema !== first.factsSchema && canonicalize(one.factsSchema as Json) !== text,
  )
  if (other !== undefined) throw new Error(`pack ${other.id} was checked against other facts than ${first.id}`)
  const ids = packs.map((one) => one.id)
  if (new Set(ids).size < ids.length) throw new Error('two packs of the set have one id')
  return first.factsSchema
}

function refuseWrongSettings(packs: readonly Pack[], { params, modes }: Settings): void {
  for (const [packId, values] of Object.entries(params)) {
    const pack = packs.find((one) => one.id === packId)
    if (pack === undefined) throw PolicySettingInvalid({ setting: packId, reason: 'there is no such pack' })
    for (const [name, value] of Object.entries(values)) {
      const definition = pack.params.get(name)
      const reason = definition === undefined ? 'the pack has no such parameter' : whyNotParam(definition, value)
      if (reason !== undefined) throw PolicySettingInvalid({ setting: `${packId}.${name}`, reason })
    }
  }
  const rules = new Set(packs.flatMap((pack) => pack.rules.map((rule) => rule.id)))
  const strange = Object.keys(modes).find((id) => !rules.has(id))
  if (strange !== undefined) throw PolicySettingInvalid({ setting: strange, reason: 'there is no such rule' })
}
