import { z } from 'zod'
import { DataLevel, RegulatoryImpact } from './matrix.ts'

/** The factors that paths decide. */
export type PathFactor = 'dataSensitivity' | 'systemCriticality' | 'regulatoryImpact'

/** What a mistake in `.countersign.yaml` is and where; line and column count from 1. */
export const RulesProblem = z.object({
  severity: z.literal('error'),
  message: z.string(),
  help: z.string().optional(),
  line: z.int(),
  column: z.int(),
  source: z.string(),
})
export type RulesProblem = z.infer<typeof RulesProblem>

/** A rule of the repository: what it says holds for the paths that it matches, in place of what the built-in rules say. */
export const PathRule = z.object({
  id: z.string(),
  match: z.array(z.string()),
  category: z.string().optional(),
  dataSensitivity: DataLevel.optional(),
  systemCriticality: DataLevel.optional(),
  regulatoryImpact: RegulatoryImpact.optional(),
  reason: z.string().optional(),
})
export type PathRule = z.infer<typeof PathRule>

export const RiskDefaults = z.object({
  dataSensitivity: DataLevel,
  systemCriticality: DataLevel,
  regulatoryImpact: RegulatoryImpact,
})
export type RiskDefaults = z.infer<typeof RiskDefaults>

/** What a repository that says nothing has. */
export const shippedDefaults: RiskDefaults = {
  dataSensitivity: 'medium',
  systemCriticality: 'medium',
  regulatoryImpact: 'none',
}

export const ruleModes = ['off', 'audit', 'warn', 'enforce'] as const
export type RuleMode = (typeof ruleModes)[number]

export const projectRoles = [
  'junior-developer',
  'senior-developer',
  'tech-lead',
  'security',
  'compliance',
  'legal',
] as const
export type ProjectRole = (typeof projectRoles)[number]

export type ParameterValue = string | number | boolean | readonly string[]

/** What `.countersign.yaml` of one commit says, and the defaults for what it does not say. */
export interface RepositoryRules {
  /** Where it was read, such as `.countersign.yaml`. */
  readonly source: string
  /** `wrong`: there is a file and it has mistakes; nothing of it is used and the factors of paths are unknown. */
  readonly state: 'absent' | 'read' | 'wrong'
  readonly defaults: RiskDefaults
  /** The repository's own, in the order of the file. */
  readonly paths: readonly PathRule[]
  readonly gate: {
    readonly params: Readonly<Record<string, Readonly<Record<string, ParameterValue>>>>
    readonly modes: Readonly<Record<string, RuleMode>>
  }
  /** By mail address, lower case; a personal datum. */
  readonly roles: Readonly<Record<string, readonly ProjectRole[]>>
  /** `sha256:…` of what assessments rest on: state, defaults and paths, not roles and gate. */
  readonly digest: string
}
