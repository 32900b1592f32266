import type { Change } from '#domains/changes'
import { type Assessment, createAssessor, type RepositoryRules, type Review, type RiskInput } from '#domains/risk'
import {
  type AskBound,
  type BoundEngines,
  nothingBound,
  type PolicyEngine,
  type PolicySet,
  type Question,
  type ResolvedException,
  type Verdict,
} from '#kernel/policy'
import type { Json } from '#platform/canonical-json.ts'
import type { Departures } from './departures.ts'
import { buildFacts, citedDecisions } from './facts/build.ts'
import type { ChangeEvidence } from './facts/evidence.ts'
import { supplyOf } from './facts/howto.ts'
import type { MergeFacts } from './facts/model.ts'
import { partiesOf } from './facts/parties.ts'
import type { GateRule, GateRun } from './gate-run.ts'
import type { PolicySource, Rules, TrialRules } from './policy.ts'
import type { Tried } from './try-candidates.ts'

/** One change to judge, with all that is known of it. */
export interface Case {
  readonly change: Change
  readonly evidence: ChangeEvidence
  /** Of the commit that it is merged to, so that it cannot loosen its own. */
  readonly rules: RepositoryRules
  readonly keepsRecords: boolean
  /** Whose roll-outs of policies count; without one only what holds everywhere does. */
  readonly repositoryId?: string
  /** As of when: the time of the merge for a history, now for a question. */
  readonly now: string
  /** Whether an AI architecture decision that it cites is approved; undefined where nobody could be asked. */
  readonly isDecisionApproved?: boolean | undefined
  /** Those of its repository that hold when it is judged. */
  readonly exceptions: readonly ResolvedException[]
}

export interface Judged {
  readonly change: Change
  readonly riskInput: RiskInput
  readonly assessment: Assessment
  readonly facts: MergeFacts
  readonly set: PolicySet
  /** Versions that are being rolled out in the repository. */
  readonly trials: readonly TrialRules[]
  readonly question: Question
  readonly verdict: Verdict
}

export interface Judge {
  readonly engine: PolicyEngine
  readonly policy: PolicySource
  /** Engines of somebody else that are bound to the gate; absent where there is no server that could know them. */
  readonly bound?: BoundEngines
  /** Called when a decision was recorded that these roll-outs have a part in. */
  readonly settle?: (rolloutIds: readonly string[]) => Promise<void>
  /** Nobody is asked where it is left out: in a repository alone, without a server. */
  readonly approves?: ApprovesChange
  /** None hold where it is left out: in a repository alone, without a server. */
  readonly departures?: Departures
}

/** Whether one of these AI architecture decisions was approved for a repository, and held at a moment. */
export type ApprovesChange = (repositoryId: string, cited: readonly string[], atMs: number) => Promise<boolean>

/** The case with what is decided about what it cites. */
export async function withDecision({ approves }: Judge, one: Case): Promise<Case> {
  const cited = citedDecisions(one)
  if (approves === undefined || one.repositoryId === undefined || cited.length === 0) return one
  return { ...one, isDecisionApproved: await approves(one.repositoryId, cited, Date.parse(one.now)) }
}

/**
 * Assesses and judges changes; the same cases give the same verdicts anywhere, where no engine of somebody else is bound.
 *
 * @throws gate_settings_wrong
 */
export async function judgeAll(
  { engine, policy }: Judge,
  cases: readonly Case[],
  askBound: AskBound = nothingBound,
): Promise<Judged[]> {
  const assessors = new Map<string, ReturnType<typeof createAssessor>>()
  const rulesOf = createRules(policy)
  const asked = await Promise.all(
    cases.map(async (one) => {
      const { change, rules, keepsRecords } = one
      const riskInput = {
        change,
        rules,
        keepsRecords,
        review: reviewOf(one),
        aiStatement: one.evidence.pullRequest?.ai,
      }
      const assess = assessors.get(rules.digest) ?? createAssessor(rules)
      assessors.set(rules.digest, assess)
      const assessment = assess(riskInput)
      const facts = buildFacts({ ...one, assessment, roles: one.rules.roles })
      const { set, trials } = await rulesOf(one)
      const question = await boundTo(questionOf(facts, one.exceptions), askBound)
      return { change, riskInput, assessment, facts, set, trials, question }
    }),
  )
  const verdicts = new Map<(typeof asked)[number], Verdict>()
  for (const set of new Set(asked.map((one) => one.set))) {
    const of = asked.filter((one) => one.set === set)
    const answers = await engine.decideMany(
      set,
      of.map((one) => one.question),
    )
    for (const [i, one] of of.entries()) verdicts.set(one, answers[i] as Verdict)
  }
  return asked.map((one) => ({ ...one, verdict: verdicts.get(one) as Verdict }))
}

/** Reads what is in force once for all cases that have the same settings: they are of one moment. */
function createRules(policy: PolicySource) {
  const known = new Map<string, Promise<Rules>>()
  return ({ rules, repositoryId }: Case): Promise<Rules> => {
    const { params, modes } = rules.gate
    const key = JSON.stringify([repositoryId, params, modes])
    const found = known.get(key) ?? policy.rulesFor(rules.gate, repositoryId)
    known.set(key, found)
    return found
  }
}

/** What the pull request's record says of a review by another human; without one, what git tells counts. */
function reviewOf({ change, evidence, rules }: Case): Review {
  if (evidence.pullRequest === undefined) return 'unknown'
  // who prompted a tool does not matter for whether somebody else looked
  const { approvals, authors } = partiesOf({ change, evidence, roles: rules.roles }, false)
  if (authors === undefined) return 'unknown'
  const isIndependent = approvals?.some(
    ({ by, state, onHead }) => state === 'approved' && onHead && by.kind === 'human' && !authors.includes(by.id),
  )
  return isIndependent ? 'reviewed' : 'not_reviewed'
}

async function boundTo(question: Question, askBound: AskBound): Promise<Question> {
  const opa = await askBound(question.facts)
  return opa.length === 0 ? question : { ...question, opa }
}

/** Who asks is who merges, or before that who wrote it; Cedar sees them, the gate's result, and who approved. */
function questionOf(facts: MergeFacts, exceptions: Question['exceptions']): Question {
  const { change, ai, risk, review } = facts
  const who = change.mergedBy ?? change.author
  const type = { agent: 'Agent', automation: 'Service', human: 'User', unknown: 'User' }[who.kind]
  const principal = { type: `Countersign::${type}`, id: who.id }
  // as people are: named within the question, so that equal questions are equal
  const resource = { type: 'Countersign::Change', id: 'change' }
  const approvers = (review.approvals ?? []).filter(
    (one) => one.state === 'approved' && one.onHead && one.by.kind === 'human',
  )
  return {
    gate: 'merge',
    facts: facts as unknown as Json,
    exceptions,
    request: {
      principal,
      action: 'Countersign::Action::"change:merge"',
      resource,
      entities: [
        { uid: principal, attrs: {}, parents: [] },
        {
          uid: resource,
          attrs: {
            author: change.author.id,
            risk: risk.level,
            ...(ai.assisted === undefined ? {} : { aiAssisted: ai.assisted }),
          },
          parents: [],
        },
      ],
      context: { approvers: approvers.map((one) => one.by.id) },
    },
  }
}

/** A judged change as everyone reads it. */
export function runOf(
  { change, assessment, verdict, set }: Pick<Judged, 'change' | 'assessment' | 'verdict' | 'set'>,
  decisionId: string | null,
  candidates: readonly Tried[] = [],
): GateRun {
  const { headOid: head, baseOid: base, title } = change
  return {
    ...runOfVerdict({ head, base, title }, assessment, verdict, decisionId),
    notices: set.lowered.map(noticeOf),
    candidates: candidates.map(({ candidate, verdict: said }) => ({
      ...candidate,
      rules: (said?.rules ?? [])
        .filter((rule) => rule.pack === candidate.packId && isWanting(rule))
        .map((rule) => toRule(rule, head)),
    })),
  }
}

/** What holds a change back, or would. */
function isWanting({ status }: Verdict['rules'][number]): boolean {
  return status === 'fail' || status === 'unknown' || status === 'error'
}

export function runOfVerdict(
  change: GateRun['change'],
  { score, level }: Assessment,
  verdict: Verdict,
  decisionId: string | null,
): GateRun {
  const rules = verdict.rules.map((rule) => toRule(rule, change.head))
  return {
    schema: 'countersign.gate-run/v1',
    gate: 'merge',
    change,
    result: verdict.result,
    decision: verdict.decision,
    authorization: verdict.authorization.determining.map(({ id, effect, reason }) => ({ id, effect, reason })),
    risk: { score, level },
    rules,
    unknowns: unknownsOf(rules),
    policyRevision: verdict.revision,
    factsDigest: verdict.factsDigest,
    decisionId,
    errors: [...verdict.errors, ...verdict.authorization.errors],
    candidates: [],
    overridden: null,
    notices: [],
  }
}

function noticeOf({ setting, asked, holds, by: { scope, teamName } }: PolicySet['lowered'][number]): string {
  const whose = scope === 'organization' ? 'the organization' : `team ${teamName ?? scope}`
  return `.countersign.yaml sets ${setting} to ${shown(asked)}; ${shown(holds)} holds by the policy settings of ${whose}`
}

function shown(value: PolicySet['lowered'][number]['asked']): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 200)
}

function toRule(rule: Verdict['rules'][number], head: string): GateRule {
  const { id, title, status, mode, severity, category, message, owner } = rule
  return {
    ...{ id, title, status, mode, severity, category, message, owner },
    clause: rule.clause ?? null,
    controls: [...rule.controls],
    remediation: rule.remediation ?? null,
    fix: rule.fix ?? null,
    exceptionId: rule.exceptionId ?? null,
    saw: rule.saw as GateRule['saw'],
    unknown: rule.unknown.map((one) => ({ ...one, howToKnow: supplyOf(one.path, head)?.howToKnow ?? one.howToKnow })),
    locations: rule.locations.map(({ path, line, fingerprint = null }) => ({ path, line, fingerprint })),
  }
}

/** Only what an enforced rule waits for: the rest holds nothing back. */
function unknownsOf(rules: readonly GateRule[]): GateRun['unknowns'] {
  const facts = new Map<string, GateRun['unknowns'][number]>()
  for (const rule of rules.filter((one) => one.status === 'unknown' && one.mode === 'enforce')) {
    for (const fact of rule.unknown) {
      facts.set(fact.path, { ...fact, rules: [...(facts.get(fact.path)?.rules ?? []), rule.id] })
    }
  }
  return [...facts.values()].sort((a, b) => b.rules.length - a.rules.length || (a.path < b.path ? -1 : 1))
}
