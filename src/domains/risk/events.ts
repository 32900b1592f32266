import { z } from 'zod'
import { type AuditEvent, defineEvent } from '#kernel/ledger'
import { RiskLevel } from './matrix.ts'
import { Assessment, Control, Factor } from './model.ts'

export const RiskAssessed = defineEvent(
  'risk.assessed',
  z.object({
    assessmentId: z.string(),
    number: z.int(),
    score: Assessment.shape.score,
    level: RiskLevel,
    /** Without their reasons, which name paths. */
    factors: z.array(Factor.omit({ reason: true })),
    requiredControls: z.array(Control),
    /** SHA-256 of everything that the assessment rests on. */
    inputs: z.string(),
  }),
  {
    description: 'the risk of a change was found for the first time, or again because what it rests on had changed',
    operation: 'risk.assess',
  },
)

export interface AssessedEvent {
  readonly changeId: string
  readonly repositoryId: string
  readonly assessmentId: string
  readonly number: number
  readonly inputs: string
  readonly assessment: Assessment
  /** Records that it rests on: that of the change, that of the assessment before. */
  readonly refs: readonly string[]
}

export function riskAssessed({ changeId, repositoryId, refs, assessment, ...rest }: AssessedEvent): AuditEvent {
  const { score, level, factors, requiredControls } = assessment
  return RiskAssessed({
    targets: [
      { type: 'change', id: changeId },
      { type: 'repository', id: repositoryId },
    ],
    refs,
    data: { ...rest, score, level, factors: factors.map(({ reason: _, ...factor }) => factor), requiredControls },
  })
}
