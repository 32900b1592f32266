import { hash } from 'node:crypto'
import type { RuleAnswer } from '#kernel/policy'

/** What a rule said, without its words. */
export interface ShapeRule {
  readonly id: string
  readonly mode: string
  readonly status: string
  /** Facts that it waits for. */
  readonly unknown: readonly string[]
}

export interface Shape {
  readonly digest: string
  readonly rules: readonly ShapeRule[]
}

/** Equal for changes of which the rules said the same in other words. */
export function shapeOf(answers: readonly RuleAnswer[]): Shape {
  const rules = answers.map(({ id, mode, status, unknown }) => ({
    id,
    mode,
    status,
    unknown: (unknown ?? []).map(({ path }) => path),
  }))
  const digest = hash('sha256', JSON.stringify(rules))
  return { digest: `sha256:${digest}`, rules }
}
