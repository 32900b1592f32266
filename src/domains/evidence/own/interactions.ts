import { z } from 'zod'
import { At, Oid, Person } from './person.ts'

const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be `sha256:` and 64 hex digits')

/** `countersign.interactions/v1`: the sessions with AI tools that a commit came from, without prompts or answers. */
export const InteractionsEvidence = z
  .object({
    schema: z.literal('countersign.interactions/v1'),
    commit: Oid,
    /** Whether these are all sessions that there were. */
    complete: z.boolean(),
    sessions: z
      .array(
        z.object({
          id: z.string().min(1).max(200),
          tool: z.string().min(1).max(100),
          toolVersion: z.string().max(100).optional(),
          model: z.string().max(100).optional(),
          operator: Person,
          startedAt: At,
          endedAt: At.optional(),
          prompts: z.int().nonnegative(),
          /** Whether what went to the model was scanned for secrets and personal data. */
          scanned: z.boolean(),
          sensitive: z.object({
            blocked: z.int().nonnegative(),
            redacted: z.int().nonnegative(),
            passed: z.int().nonnegative(),
          }),
          inputHash: Digest.optional(),
          outputHash: Digest.optional(),
          approvedTool: z.boolean().optional(),
          /** Lines of the commit that came from it. */
          lines: z.int().nonnegative().optional(),
        }),
      )
      .max(1000),
  })
  .meta({
    title: 'countersign.interactions/v1',
    description: 'The sessions with AI tools that a commit came from, without prompts or answers.',
  })
export type InteractionsEvidence = z.infer<typeof InteractionsEvidence>
