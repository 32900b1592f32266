import { isDeepStrictEqual } from 'node:util'
import type { Resource } from '../scim/values.ts'

/**
 * Runs `work`, which throws what it is given when there was nothing to write: its transaction is then undone and leaves no record.
 */
export async function unlessUnchanged(work: (unchanged: Error) => Promise<void>): Promise<void> {
  const unchanged = new Error('nothing changed')
  await work(unchanged).catch((error: unknown) => {
    if (error !== unchanged) throw error
  })
}

/** The attributes that differ, in the order of their names. */
export function changedAttributes(before: Resource, after: Resource): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].filter((name) => !isDeepStrictEqual(before[name], after[name])).sort()
}
