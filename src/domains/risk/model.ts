import { z } from 'zod'
import { RiskLevel } from './matrix.ts'

/** `derived` from a rule, a measure or a statement; `default`, as nothing was said; `unknown`: what should be there is missing. */
export const FactorSource = z.enum(['derived', 'default', 'unknown'])
export type FactorSource = z.infer<typeof FactorSource>

export const FactorName = z.enum([
  'dataSensitivity',
  'systemCriticality',
  'regulatoryImpact',
  'aiComplexity',
  'aiGenerated',
  'humanReviewed',
])
export type FactorName = z.infer<typeof FactorName>

/** One factor of the matrix as it was used: the first four give points, the last two multiply their sum. */
export const Factor = z.object({
  name: FactorName,
  /** A level of the matrix; `generated` or `not_generated`; `reviewed` or `not_reviewed`. */
  value: z.string(),
  points: z.int().optional(),
  multiplier: z.number().optional(),
  source: FactorSource,
  /** Names the rule, path, measure or statement; never a person. */
  reason: z.string(),
})
export type Factor = z.infer<typeof Factor>

/** What a level, or a factor, asks for; rules of the gate go by these ids. */
export const Control = z.enum([
  'audit-logging',
  'human-review',
  'security-scan',
  'security-review',
  'enhanced-tests',
  'second-approval',
  'architecture-review',
  'legal-consultation',
])
export type Control = z.infer<typeof Control>

export const Assessment = z.object({
  /** At most two decimals. `low` and `high` are the best and the worst case of what is not known for sure. */
  score: z.object({ used: z.number(), low: z.number(), high: z.number() }),
  level: RiskLevel,
  factors: z.array(Factor),
  /** Files of a sensitive kind, at most 50. */
  categories: z.array(z.object({ path: z.string(), category: z.string() })),
  recommendations: z.array(z.string()),
  requiredControls: z.array(Control),
})
export type Assessment = z.infer<typeof Assessment>
