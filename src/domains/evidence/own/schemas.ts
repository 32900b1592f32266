import { z } from 'zod'
import { DependenciesEvidence } from './dependencies.ts'
import { InteractionsEvidence } from './interactions.ts'
import { PullRequestEvidence } from './pull-request.ts'

/** The JSON Schemas (draft 2020-12) of our own formats, by name. */
export function evidenceSchemas(): Record<string, unknown> {
  const schemas = {
    'pull-request': PullRequestEvidence,
    interactions: InteractionsEvidence,
    dependencies: DependenciesEvidence,
  }
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' })
      return [name, { $schema, $id: `urn:countersign:schema:evidence:${name}:v1`, ...rest }]
    }),
  )
}
