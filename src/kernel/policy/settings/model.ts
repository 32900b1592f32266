import { z } from 'zod'

/** `organization`, or the id of a team. */
export const Scope = z.string().regex(/^[\w-]{1,100}$/)

const Mode = z.enum(['off', 'audit', 'warn', 'enforce'])
/** No character that PostgreSQL or canonical JSON cannot hold. */
const Words = z.string().regex(/^[^\0\p{Cs}]*$/u, 'must be text')
const Value = z.union([z.number(), z.boolean(), Words.max(500), z.array(Words.max(500)).max(200)])
const RuleId = z.string().regex(/^[a-z0-9-]{1,64}\.[a-z0-9-]{1,64}$/)
const PackId = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/)
const ParamName = z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]{0,63}$/)

/** Most rules and parameters that one scope sets. */
const settingsMax = 500

const fields = {
  /** Rule -> mode, at least as strict as what holds above; the same mode pins it. */
  modes: z.record(RuleId, Mode),
  /** Pack -> parameter -> value, at least as strict by the side that its name tells. */
  params: z.record(PackId, z.record(ParamName, Value)),
  /** Of the organization only: false, and a `.countersign.yaml` may be stricter than all this and nothing else. */
  repositoriesMayLower: z.boolean(),
}

/** What a scope makes stricter than what is above it. */
export const PolicySettingsBody = z.strictObject(fields).meta({ id: 'PolicySettingsBody' })
export type PolicySettingsBody = z.infer<typeof PolicySettingsBody>

export const noSettings: PolicySettingsBody = { modes: {}, params: {}, repositoriesMayLower: true }

export const ChangeSettings = z
  .strictObject({
    settings: z
      .strictObject({
        modes: fields.modes.default({}),
        params: fields.params.default({}),
        repositoriesMayLower: fields.repositoriesMayLower.default(true),
      })
      .refine(
        ({ modes, params }) =>
          Object.keys(modes).length + Object.values(params).flatMap((one) => Object.keys(one)).length <= settingsMax,
        `must not set more than ${settingsMax} rules and parameters`,
      )
      .refine((body) => JSON.stringify(body).length <= 200_000, 'must not be longer than 200,000 characters'),
    /** Of the settings that were read; 0 where nobody has set anything. */
    revision: z.int().min(0).max(1_000_000_000),
    reason: Words.trim().min(1).max(1000),
  })
  .meta({ id: 'ChangePolicySettings' })
export type ChangeSettings = z.infer<typeof ChangeSettings>

/** Whose policy settings: of the organization, or of a team. */
const level = { scope: z.string(), teamName: z.string().nullable() }

const Proposal = z
  .object({
    settings: PolicySettingsBody,
    reason: z.string(),
    /** Of exactly this: what an approval is about. */
    digest: z.string(),
    proposer: z.string(),
    proposedAt: z.iso.datetime(),
    /** What it takes away from what holds. */
    loosens: z.array(z.string()),
  })
  .meta({ id: 'PolicySettingsProposal' })

const RuleRow = z
  .object({
    id: z.string(),
    title: z.string(),
    pack: z.string(),
    packMode: Mode,
    organization: Mode.nullable(),
    team: Mode.nullable(),
    /** The strictest of them: a repository gets nothing lower where the organization or the team names the rule. */
    holds: Mode,
    /** Always enforced, whatever anybody sets. */
    isFixed: z.boolean(),
  })
  .meta({ id: 'PolicySettingsRule' })

const ParamRow = z
  .object({
    pack: z.string(),
    name: z.string(),
    type: z.enum(['int', 'double', 'bool', 'string', 'list<string>']),
    about: z.string().nullable(),
    /** Which way is stricter; null where its name does not tell, and it cannot be set here. */
    stricter: z.enum(['lower', 'higher', 'fewer', 'more']).nullable(),
    min: z.number().nullable(),
    max: z.number().nullable(),
    oneOf: z.array(z.string()).nullable(),
    packValue: Value,
    organization: Value.nullable(),
    team: Value.nullable(),
    holds: Value,
  })
  .meta({ id: 'PolicySettingsParameter' })

/** A scope with what it sets, beside what the packs in force and the organization have. */
export const PolicySettings = z
  .object({
    ...level,
    revision: z.int(),
    settings: PolicySettingsBody,
    changedAt: z.iso.datetime().nullable(),
    changedBy: z.string().nullable(),
    proposal: Proposal.nullable(),
    /** Names of the people by id, as far as the directory knows them. */
    names: z.record(z.string(), z.string()),
    /** Whether you may change it. */
    mayChange: z.boolean(),
    rules: z.array(RuleRow),
    params: z.array(ParamRow),
    /** What is set and has no effect now, and why. */
    idle: z.array(z.object({ setting: z.string(), why: z.string() })),
  })
  .meta({ id: 'PolicySettings' })
export type PolicySettings = z.infer<typeof PolicySettings>

export const ListedSettings = z
  .object({
    ...level,
    revision: z.int(),
    rules: z.int(),
    params: z.int(),
    repositoriesMayLower: z.boolean(),
    changedAt: z.iso.datetime().nullable(),
    isProposed: z.boolean(),
  })
  .meta({ id: 'ListedPolicySettings' })
export type ListedSettings = z.infer<typeof ListedSettings>
