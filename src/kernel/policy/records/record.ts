import { type AuditEvent, type RecordEvent, sealed } from '#kernel/ledger'
import type { Write } from '#platform/database.ts'
import { newId } from '#platform/ids.ts'
import { engines } from '../engines.ts'
import type { Candidate } from '../lifecycle/rollout-model.ts'
import { insertTrials } from '../lifecycle/trials.ts'
import type { Question, RuleResult, Verdict } from '../model.ts'
import type { PolicySet } from '../policy-set.ts'
import { questionText } from '../question.ts'
import { verdictDigest } from '../verdict.ts'
import { DecisionMade, PolicyActivated } from './events.ts'
import { hasSnapshot, insertDecisions, insertSnapshot, type PolicyTables } from './store.ts'

export interface Decision {
  readonly set: PolicySet
  readonly question: Question
  readonly verdict: Verdict
  /** How the gate was run; in `audit` and `warn` a denial is not enforced. */
  readonly mode: 'audit' | 'warn' | 'enforce'
  /** What it is about: the change, its repository. */
  readonly targets: readonly { readonly type: string; readonly id: string }[]
  /** Ids of the records it rests on; of many the first 64 are named. */
  readonly refs: readonly string[]
  /** What versions that are being rolled out say of it, with the policy sets that are not `set`. */
  readonly candidates?: readonly (Candidate & { readonly other: PolicySet | undefined })[]
  /** What let through once what this denies: such a denial is not acted on. */
  readonly overrideId?: string
}

export interface RecordedDecision {
  readonly decisionId: string
  readonly recordId: string
}

const refsMax = 64
const idsMax = 64
/** Leaves room for the rest of an entry of 32 KiB. */
const ruleIdCharactersMax = 10_000
const packsMax = 64

/**
 * Records decisions in the transaction of the caller: one `decision.made` each, with the question sealed for replay, and a
 * row. A policy set that decides for the first time is kept and recorded before.
 *
 * @throws Error when a verdict is not on the question or the set that it comes with: a fault in our code
 */
export async function recordDecisions(
  tx: Write<PolicyTables>,
  record: RecordEvent,
  atMs: number,
  decisions: readonly Decision[],
): Promise<RecordedDecision[]> {
  // in one order: of two who record at once neither waits for the other
  for (const set of setsOf(decisions)) await activate(tx, record, atMs, set)
  const rows = decisions.map((decision) => {
    const { question, verdict, mode, targets } = decision
    const asked = questionText(question)
    if (verdict.factsDigest !== asked.factsDigest || verdict.revision !== decision.set.revision)
      throw new Error('a verdict was recorded with a question or policy set that it does not answer')
    const id = newId('dec')
    const digest = verdictDigest(verdict)
    const recordId = record(decisionMade(id, decision, asked, digest))
    return {
      id,
      gate: question.gate,
      result: verdict.result,
      decision: verdict.decision,
      enforced: isEnforced(decision),
      mode,
      decidedAtMs: atMs,
      policyRevision: verdict.revision,
      factsDigest: verdict.factsDigest,
      verdictDigest: digest,
      targets: targets.map((one) => `${one.type}:${one.id}`),
      rules: verdict.rules,
      authorization: verdict.authorization,
      errors: verdict.errors,
      candidates: candidatesOf(decision),
      recordId,
    }
  })
  await insertDecisions(tx, rows)
  await insertTrials(tx, atMs, rows)
  return rows.map(({ id, recordId }) => ({ decisionId: id, recordId }))
}

/** Every policy set that answered, also those whose answer does not count: what they said can be made again as well. */
function setsOf(decisions: readonly Decision[]): PolicySet[] {
  const sets = decisions.flatMap((one) => [one.set, ...(one.candidates ?? []).flatMap(({ other }) => other ?? [])])
  return [...new Map(sets.map((one) => [one.revision, one])).values()].sort((a, b) =>
    a.revision < b.revision ? -1 : 1,
  )
}

function candidatesOf({ candidates = [] }: Decision): Candidate[] {
  return candidates.map(({ other: _, ...one }) => one)
}

/** One decision, as `recordDecisions`. */
export async function recordDecision(
  tx: Write<PolicyTables>,
  record: RecordEvent,
  atMs: number,
  decision: Decision,
): Promise<RecordedDecision> {
  const [recorded] = await recordDecisions(tx, record, atMs, [decision])
  if (recorded === undefined) throw new Error('a decision was not recorded')
  return recorded
}

async function activate(tx: Write<PolicyTables>, record: RecordEvent, atMs: number, set: PolicySet): Promise<void> {
  const { revision, snapshot, packs, cedar, settings } = set
  if (await hasSnapshot(tx, revision)) return
  const recordId = record(
    PolicyActivated({
      targets: [{ type: 'policy-set', id: revision }],
      data: {
        revision,
        packs: packs.slice(0, packsMax).map(({ id, version, digest }) => ({ id, version, digest })),
        packsTotal: packs.length,
        cedarPolicies: cedar.policies.length,
        modesChanged: Object.keys(settings.modes).length,
        engines,
      },
    }),
  )
  await insertSnapshot(tx, { revision, snapshot, words: wordsOf(packs), atMs, recordId })
}

function wordsOf(packs: PolicySet['packs']) {
  return Object.fromEntries(
    packs.flatMap((pack) =>
      pack.rules.map(({ id, title, clause, controls, severity, owner, remediation, reads }) => [
        id,
        {
          pack: pack.id,
          title,
          ...(clause === undefined ? {} : { clause }),
          controls: controls.length > 0 ? controls : pack.controls,
          category: pack.category,
          severity,
          owner,
          ...(remediation === undefined ? {} : { remediation }),
          reads,
        },
      ]),
    ),
  )
}

function decisionMade(
  decisionId: string,
  made: Decision,
  asked: ReturnType<typeof questionText>,
  digest: string,
): AuditEvent {
  const { question, verdict, mode, targets, refs, overrideId } = made
  const { decision, result, revision, factsDigest, authorization } = verdict
  const candidates = candidatesOf(made)
  return DecisionMade({
    targets: targets.map(({ type, id }) => ({ type, id })),
    refs: refs.slice(0, refsMax),
    inputHash: factsDigest,
    outputHash: digest,
    compliance: { decision, policy: question.gate, version: revision },
    data: {
      decisionId,
      gate: question.gate,
      result,
      decision,
      enforced: isEnforced(made),
      ...(overrideId === undefined ? {} : { overrideId }),
      mode,
      policyRevision: revision,
      factsDigest,
      questionDigest: asked.digest,
      question: sealed.content('question', asked.text),
      verdictDigest: digest,
      rules: byStatus(verdict.rules),
      determining: authorization.determining.slice(0, idsMax).map((one) => one.id),
      errors: [...verdict.errors, ...authorization.errors].slice(0, 8).map((one) => one.slice(0, 300)),
      engines,
      ...(candidates.length === 0 ? {} : { candidates }),
    },
  })
}

function isEnforced({ mode, overrideId }: Decision): boolean {
  return mode === 'enforce' && overrideId === undefined
}

/** Ids by status, those that matter most first, as far as the record has room for them. */
function byStatus(rules: readonly RuleResult[]) {
  let left = ruleIdCharactersMax
  const idsOf = (status: string) => rules.filter((one) => one.status === status).map((one) => one.id)
  const fitting = (ids: readonly string[]) =>
    ids.slice(0, idsMax).filter((id) => {
      left -= id.length
      return left >= 0
    })
  const all = { fail: idsOf('fail'), error: idsOf('error'), unknown: idsOf('unknown'), excepted: idsOf('excepted') }
  const named = {
    fail: fitting(all.fail),
    error: fitting(all.error),
    unknown: fitting(all.unknown),
    excepted: fitting(all.excepted),
  }
  const count = (lists: Readonly<Record<string, readonly string[]>>) => Object.values(lists).flat().length
  return {
    ...named,
    more: count(all) - count(named),
    pass: idsOf('pass').length,
    notApplicable: idsOf('not_applicable').length,
  }
}
