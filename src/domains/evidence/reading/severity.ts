import type { Severity } from '../model.ts'

const words: ReadonlyMap<string, Severity> = new Map([
  ['critical', 'critical'],
  ['high', 'high'],
  ['important', 'high'],
  ['error', 'high'],
  ['medium', 'medium'],
  ['moderate', 'medium'],
  ['warning', 'medium'],
  ['low', 'low'],
  ['note', 'low'],
  ['negligible', 'info'],
  ['info', 'info'],
  ['informational', 'info'],
  ['none', 'info'],
  ['inventory', 'info'],
  ['experiment', 'info'],
])

/** A severity that a tool names; one that it does not know is taken as medium, never as nothing. */
export function severityOfWord(word: string | undefined): Severity {
  return words.get(word?.toLowerCase() ?? '') ?? 'medium'
}

/** By the bands of CVSS 3.1; undefined for what is no score from 0 to 10. */
export function severityOfScore(score: number | string | undefined): Severity | undefined {
  const value = typeof score === 'string' && /^\d{1,2}(\.\d{1,4})?$/.test(score) ? Number(score) : score
  if (typeof value !== 'number' || !(value >= 0 && value <= 10)) return undefined
  if (value >= 9) return 'critical'
  if (value >= 7) return 'high'
  if (value >= 4) return 'medium'
  return value > 0 ? 'low' : 'info'
}
