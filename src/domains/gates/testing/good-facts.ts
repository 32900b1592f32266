import { exampleFacts } from '../facts/example.ts'
import type { MergeFacts } from '../facts/model.ts'

/** Facts that every rule of the built-in packs applies to and passes. */
export const goodFacts = exampleFacts

/** The facts with one member replaced; `undefined` takes it away and names it as unknown. A path is dotted. */
export function withFact(facts: MergeFacts, path: string, value: unknown): MergeFacts {
  const copy = structuredClone(facts) as unknown as Record<string, unknown>
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  const holder = keys.reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, copy)
  if (value === undefined) delete holder[last]
  else holder[last] = value
  if (value === undefined) {
    const named = copy['unknown'] as MergeFacts['unknown']
    named.push({ path, what: `what ${path} is`, howToKnow: 'supply it' })
  }
  return copy as unknown as MergeFacts
}
