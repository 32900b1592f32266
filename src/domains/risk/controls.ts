import type { RegulatoryImpact, RiskLevel } from './matrix.ts'
import type { Control } from './model.ts'

/** What decides which controls a change needs. */
export interface ControlCase {
  readonly level: RiskLevel
  readonly regulatoryImpact: RegulatoryImpact
  readonly isAiGenerated: boolean
  readonly isSensitive: boolean
}

interface ControlRule {
  readonly control: Control
  readonly recommendation: string
  readonly isNeeded: (one: ControlCase) => boolean
}

const atLeast = (level: RiskLevel) => {
  const order: readonly RiskLevel[] = ['low', 'medium', 'high', 'critical']
  return (one: ControlCase) => order.indexOf(one.level) >= order.indexOf(level)
}

/** Every control with when it is needed; a level needs what the levels below it need. */
export const controlRules: readonly ControlRule[] = [
  {
    control: 'audit-logging',
    recommendation: 'keep the record of this change with who wrote, reviewed and merged it',
    isNeeded: atLeast('low'),
  },
  {
    control: 'human-review',
    recommendation: 'have a person who is not the author review exactly what is merged',
    isNeeded: (one) => one.isAiGenerated || atLeast('medium')(one),
  },
  {
    control: 'security-scan',
    recommendation: 'run a security scan of the merged commit and attach its report',
    isNeeded: (one) => one.isAiGenerated || one.isSensitive || atLeast('high')(one),
  },
  {
    control: 'enhanced-tests',
    recommendation: 'cover the changed lines with tests, failure paths too, and attach the coverage',
    isNeeded: atLeast('high'),
  },
  {
    control: 'security-review',
    recommendation: 'have somebody with the security role review it',
    isNeeded: atLeast('high'),
  },
  {
    control: 'second-approval',
    recommendation: 'get a second approval from a person who is neither author nor first reviewer',
    isNeeded: atLeast('critical'),
  },
  {
    control: 'architecture-review',
    recommendation: 'have the architecture reviewed, or split the change until it is not critical',
    isNeeded: atLeast('critical'),
  },
  {
    control: 'legal-consultation',
    recommendation: 'ask legal or compliance before it is merged: it touches what is strictly regulated',
    isNeeded: (one) => one.regulatoryImpact === 'high',
  },
]

export function controlsFor(one: ControlCase): { requiredControls: Control[]; recommendations: string[] } {
  const needed = controlRules.filter((rule) => rule.isNeeded(one))
  return {
    requiredControls: needed.map((rule) => rule.control),
    recommendations: needed.map((rule) => rule.recommendation),
  }
}
