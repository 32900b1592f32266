import { z } from 'zod'

/** How bad it is when the data that the change touches gets out, and when the system that it touches fails. */
export const DataLevel = z.enum(['low', 'medium', 'high', 'critical'])
export type DataLevel = z.infer<typeof DataLevel>
export const dataLevels = DataLevel.options

/** How much a law or a standard has to say about what the change touches. */
export const RegulatoryImpact = z.enum(['none', 'low', 'medium', 'high'])
export type RegulatoryImpact = z.infer<typeof RegulatoryImpact>
export const regulatoryImpacts = RegulatoryImpact.options

export const Complexity = z.enum(['simple', 'moderate', 'complex', 'advanced'])
export type Complexity = z.infer<typeof Complexity>
export const complexities = Complexity.options

export const RiskLevel = z.enum(['low', 'medium', 'high', 'critical'])
export type RiskLevel = z.infer<typeof RiskLevel>

export interface Matrix {
  readonly dataSensitivity: DataLevel
  readonly systemCriticality: DataLevel
  readonly regulatoryImpact: RegulatoryImpact
  readonly aiComplexity: Complexity
  readonly aiGenerated: boolean
  readonly humanReviewed: boolean
}

export interface Scored {
  /** The score times 100; always whole. */
  readonly hundredths: number
  readonly level: RiskLevel
}

/** Points of each value: its place in its list, from 1; regulatory impact begins with 0. */
export const points = {
  dataSensitivity: (value: DataLevel) => dataLevels.indexOf(value) + 1,
  systemCriticality: (value: DataLevel) => dataLevels.indexOf(value) + 1,
  regulatoryImpact: (value: RegulatoryImpact) => regulatoryImpacts.indexOf(value),
  aiComplexity: (value: Complexity) => complexities.indexOf(value) + 1,
} as const

/** In hundredths: times 1.2 for what AI generated, times 1.5 for what no human reviewed, times 1.8 for both. */
export function multiplier(aiGenerated: boolean, humanReviewed: boolean): number {
  if (aiGenerated) return humanReviewed ? 120 : 180
  return humanReviewed ? 100 : 150
}

/** The sum of the four points times the multiplier. Whole hundredths, because binary fractions have no exact 12.6. */
export function score(matrix: Matrix): Scored {
  const sum =
    points.dataSensitivity(matrix.dataSensitivity) +
    points.systemCriticality(matrix.systemCriticality) +
    points.regulatoryImpact(matrix.regulatoryImpact) +
    points.aiComplexity(matrix.aiComplexity)
  const hundredths = sum * multiplier(matrix.aiGenerated, matrix.humanReviewed)
  return { hundredths, level: levelOf(hundredths) }
}

/** Bands are closed above, so that every score has a level: 4 is low, 4.8 medium, 12 high, 12.6 critical. */
export function levelOf(hundredths: number): RiskLevel {
  if (hundredths <= 400) return 'low'
  if (hundredths <= 800) return 'medium'
  return hundredths <= 1200 ? 'high' : 'critical'
}
