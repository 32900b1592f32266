import { z } from 'zod'
import type { RuleResult } from '../model.ts'

/** How an engine that somebody bound to a gate is asked. */
export const engineKinds = ['opa-remote', 'opa-bundle'] as const
export type EngineKind = (typeof engineKinds)[number]

export const severities = ['critical', 'high', 'medium', 'low'] as const
export const ruleName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
export const engineName = /^[a-z][a-z0-9-]{0,39}$/
/** A question holds what twenty engines say. */
export const violationsMax = 100
export const messageCharactersMax = 300

/**
 * What a bound engine said of one document of facts. It stands in the question, so that everything that the verdict depends
 * on is in the question and the policy set.
 */
export const BoundAnswer = z.strictObject({
  /** Name of the engine; its rules are `opa.<name>.<id>`. */
  engine: z.string().regex(engineName),
  kind: z.enum(engineKinds),
  mode: z.enum(['audit', 'warn', 'enforce']),
  category: z.enum(['security', 'quality', 'compliance']),
  owner: z.enum(['author', 'reviewer', 'security', 'platform', 'legal']),
  /** The document that was asked for, as `countersign/gate/merge`. */
  path: z.string().max(200),
  /** Of the bundle that answered; null when it is elsewhere. */
  digest: z.string().max(80).nullable(),
  /** What the bundle, or the OPA that was asked, calls its policies; null when nothing told. */
  revision: z.string().max(500).nullable(),
  /** Under which a remote OPA logged it. */
  decisionId: z.string().max(200).nullable(),
  /** What ran the bundle; null for a remote OPA. */
  runner: z.string().max(100).nullable(),
  /** Why there is no answer; null when there is one. */
  error: z.string().max(300).nullable(),
  isAllowed: z.boolean(),
  violations: z
    .array(
      z.strictObject({
        id: z.string().regex(ruleName),
        message: z.string().max(messageCharactersMax),
        severity: z.enum(severities),
        /** A warning holds nothing back, whatever the mode of the engine. */
        isWarning: z.boolean(),
      }),
    )
    .max(violationsMax),
})
export type BoundAnswer = z.infer<typeof BoundAnswer>

/** The id in each engine of the rule that says whether it allows at all. */
export const allowRule = 'allow'

/** The pack under which the rules of a bound engine stand. */
export function packOf(engine: string): string {
  return `opa.${engine}`
}

/** Whether a rule is one of a bound engine: ids of packs have no dot. */
export function isBound({ pack }: Pick<RuleResult, 'pack'>): boolean {
  return pack.startsWith('opa.')
}

/**
 * What was answered, as rules: one that fails for each violation, and `allow`, which passes when there is nothing against it,
 * fails when it is not allowed and nothing says why, and is an error when there is no answer.
 */
export function rulesOf(answer: BoundAnswer): RuleResult[] {
  const { mode, violations } = answer
  const failing = violations.filter((one) => !one.isWarning)
  const found = violations.map(({ id, message, severity, isWarning }) => ({
    ...ruleOf(answer, id, `${id}, of ${answer.engine}`),
    severity,
    mode: isWarning && mode === 'enforce' ? ('warn' as const) : mode,
    status: 'fail' as const,
    message,
  }))
  return [{ ...ruleOf(answer, allowRule, `${answer.engine} allows it`), ...allowed(answer, failing.length) }, ...found]
}

function allowed({ error, isAllowed }: BoundAnswer, failing: number): Pick<RuleResult, 'status' | 'message'> {
  if (error !== null) return { status: 'error', message: `the engine gave no answer: ${error}` }
  if (failing > 0) return { status: 'not_applicable', message: '' }
  return isAllowed
    ? { status: 'pass', message: '' }
    : { status: 'fail', message: 'it is not allowed, and no reason is given' }
}

function ruleOf(
  { engine, category, owner, mode }: BoundAnswer,
  id: string,
  title: string,
): Omit<RuleResult, 'status' | 'message'> {
  return {
    id: `${packOf(engine)}.${id}`,
    pack: packOf(engine),
    title,
    controls: [],
    category,
    severity: 'high',
    owner,
    mode,
    reads: [],
    saw: {},
    unknown: [],
    locations: [],
  }
}
