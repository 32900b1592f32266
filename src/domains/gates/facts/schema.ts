import { z } from 'zod'
import type { JsonSchema } from '#kernel/policy'
import { once } from '../once.ts'
import { MergeFacts } from './model.ts'

/** The published JSON Schema of the facts that rules of the merge gate read. */
export const mergeFactsSchema: () => JsonSchema = once(() => z.toJSONSchema(MergeFacts) as JsonSchema)

/** The published schemas by name. */
export function factsSchemas(): [string, JsonSchema][] {
  return [['merge', mergeFactsSchema()]]
}
