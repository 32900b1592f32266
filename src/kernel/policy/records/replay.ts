import type { Ledger } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { digestOf } from '../digest.ts'
import { isUnanswered, type PolicyEngine } from '../engine/engine.ts'
import { DecisionFactsGone, DecisionNotFound, DecisionNotPublished } from '../errors.ts'
import type { Verdict } from '../model.ts'
import { askAgain } from '../opa/again.ts'
import { keptBundle } from '../opa/ask.ts'
import type { KeptBundle } from '../opa-bundle/runner.ts'
import { openPolicySet, type PolicySet } from '../policy-set.ts'
import { readQuestion } from '../question.ts'
import { verdictDigest } from '../verdict.ts'
import { DecisionData } from './events.ts'
import { findDecision, findSnapshot, type PolicyTables } from './store.ts'

/** A decision made again. */
export interface Replay {
  /** Whether the verdict has the same bytes as the recorded one. */
  readonly same: boolean
  /** False where it rests on what cannot be made or asked again; `reason` says what. */
  readonly replayable: boolean
  /** Why it is not the same, or cannot be made again. */
  readonly reason: string | undefined
  readonly verdict: Verdict | undefined
}

export interface ReplayInput {
  /** `data` of the `decision.made` record. */
  readonly data: unknown
  /** The text of the question, as it was sealed; evidence packs carry it. */
  readonly question: string
  /** The snapshot of the policy set whose digest is `data.policyRevision`. */
  readonly snapshot: string
  /** Bundles of OPA by digest; what one said is taken as recorded where it is not here. */
  readonly bundleOf?: (digest: string) => KeptBundle | undefined
}

/**
 * Makes a decision again from what was recorded of it, and compares it byte for byte. Needs no database: everything may come
 * from an evidence pack, and is checked against the digests in the record.
 */
export async function replay(
  engine: PolicyEngine,
  { data, question, snapshot, bundleOf = noBundle }: ReplayInput,
): Promise<Replay> {
  const parsed = DecisionData.safeParse(data)
  if (!parsed.success) return cannot('the record is not one of a decision')
  const recorded = parsed.data
  if (digestOf(question) !== recorded.questionDigest) return cannot('the question is not the one that was recorded')
  if (digestOf(snapshot) !== recorded.policyRevision) return cannot('the policy set is not the one that was recorded')
  if (isUnanswered(recorded))
    return cannot('the engine did not answer then, so it was denied: there is nothing to make again')
  const opened = open(snapshot)
  if (typeof opened === 'string') return cannot(opened)
  const asked = readQuestion(question)
  const bound = await askAgain(engine.bundles, bundleOf, asked.facts, asked.opa ?? [])
  if (bound.kind === 'differs') return { same: false, replayable: true, reason: bound.reason, verdict: undefined }
  const verdict = await engine.decide(opened, asked)
  if (isUnanswered(verdict)) return { ...cannot(`the engine does not answer: ${verdict.errors.join(', ')}`), verdict }
  const same = verdictDigest(verdict) === recorded.verdictDigest
  const taken = bound.kind === 'taken' ? bound.reason : undefined
  const reason = same ? taken : 'the verdict has other bytes than the recorded one'
  return { same, replayable: taken === undefined, reason, verdict }
}

export interface ReplayServices {
  readonly db: Db<PolicyTables>
  readonly ledger: Ledger
  readonly engine: PolicyEngine
}

/**
 * Makes a recorded decision again from the database and the payload store.
 *
 * @throws decision_not_found, decision_not_published, decision_facts_gone
 */
export async function replayDecision(
  services: ReplayServices,
  organizationId: string,
  decisionId: string,
): Promise<Replay> {
  const { db, ledger, engine } = services
  const row = await findDecision(db, decisionId)
  if (row === undefined) throw DecisionNotFound({ decisionId })
  const { data } = await publishedRecord(ledger, organizationId, decisionId, row.record_id)
  const question = await openQuestion(ledger, organizationId, decisionId, row.record_id)
  const snapshot = await findSnapshot(db, row.policy_revision)
  if (snapshot === undefined) return cannot('the snapshot of the policy set is gone')
  return replay(engine, { data, question, snapshot, bundleOf: (digest) => keptBundle(db, digest) })
}

/**
 * The text of the question of a decision.
 *
 * @throws decision_not_published, decision_facts_gone
 */
export async function openQuestion(
  ledger: Ledger,
  organizationId: string,
  decisionId: string,
  recordId: string,
): Promise<string> {
  await publishedRecord(ledger, organizationId, decisionId, recordId)
  const values = await ledger.openPayload(organizationId, recordId)
  const question = values.find((one) => one.field === 'question')
  if (question === undefined) throw DecisionFactsGone({ decisionId })
  return Buffer.from(question.value).toString()
}

async function publishedRecord(ledger: Ledger, organizationId: string, decisionId: string, recordId: string) {
  try {
    return (await ledger.records.get(organizationId, recordId)).record
  } catch (error) {
    throw DecisionNotPublished({ decisionId }, error)
  }
}

const noBundle = () => undefined

/** Opening one compiles it, and the decisions of a history are made under few. */
const sets = new Map<string, PolicySet>()
const setsMax = 8

function open(snapshot: string): PolicySet | string {
  const known = sets.get(snapshot)
  if (known !== undefined) return known
  try {
    const set = openPolicySet(snapshot)
    if (sets.size >= setsMax) sets.clear()
    sets.set(snapshot, set)
    return set
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function cannot(reason: string): Replay {
  return { same: false, replayable: false, reason, verdict: undefined }
}
