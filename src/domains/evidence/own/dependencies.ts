import { z } from 'zod'
import { At, Oid } from './person.ts'

/** `countersign.dependencies/v1`: the dependencies that a commit added, and whether they exist where they come from. */
export const DependenciesEvidence = z
  .object({
    schema: z.literal('countersign.dependencies/v1'),
    commit: Oid,
    base: Oid.optional(),
    added: z
      .array(
        z.object({
          ecosystem: z.string().min(1).max(50),
          name: z.string().min(1).max(300),
          version: z.string().min(1).max(200),
          /** The file that names it, relative to the root of the repository. */
          manifest: z.string().min(1).max(1000),
          line: z.int().positive().optional(),
          /** null: nobody could be asked. */
          exists: z.boolean().nullable(),
          publishedAt: At.nullable(),
        }),
      )
      .max(20_000),
  })
  .meta({
    title: 'countersign.dependencies/v1',
    description: 'The dependencies that a commit added, and whether they exist where they come from.',
  })
export type DependenciesEvidence = z.infer<typeof DependenciesEvidence>
