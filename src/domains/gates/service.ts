import {
  type Change,
  type ChangedLines,
  type ChangesTables,
  type CommittedFiles,
  findRepository,
  firstRecordsAt,
  openChangedLines,
  openFiles,
  RepositoryNotFound,
  wholeChanges,
} from '#domains/changes'
import { type Evidence, type EvidenceTables, evidenceOf } from '#domains/evidence'
import {
  inputsOf,
  type RiskTables,
  readRules,
  recordAssessments,
  rulesTextAt,
  type StoredAssessment,
} from '#domains/risk'
import { type Context, type LedgerTables, transact } from '#kernel/ledger'
import {
  type AskBound,
  type Decision,
  type PolicyTables,
  recordDecision,
  recordDecisions,
  type Verdict,
} from '#kernel/policy'
import { timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import { ahead, overlapped } from '#platform/overlapped.ts'
import { type Departures, exceptedBy, heldBack, usesOf } from './departures.ts'
import { changeEvidence } from './facts/change-evidence.ts'
import type { GateRun } from './gate-run.ts'
import { type Case, type Judge, type Judged, judgeAll, runOf, withDecision } from './judge.ts'
import { caseOf, commitsOf, readAsked } from './local.ts'
import { shapeOf } from './shape.ts'
import { type GatesTables, type NewVerdict, type StoredVerdict, saveVerdicts, verdictsOf } from './store.ts'
import { tryCandidates } from './try-candidates.ts'

export type Tables = GatesTables & PolicyTables & RiskTables & EvidenceTables & ChangesTables & LedgerTables

export interface JudgeOptions {
  readonly repositoryId: string
  /** Only these; every change of the repository when absent. */
  readonly changeIds?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
}

/** Changes whose verdicts are made durable together; five batches are held at a time. */
const batchSize = 100
/** Batches that are recorded at once: the database writes what rules answered of one while the next is put together. */
const recordedAtOnce = 2

/** A judged change that is in the database, with the records that its verdict rests on. */
interface Found extends Judged {
  readonly recordId: string
  readonly evidence: readonly Evidence[]
}

/**
 * Judges the changes of a repository, each as of its time and under the rules of the commit that it was merged to, and
 * records what is new: the same facts under the same policy are neither assessed nor decided again.
 *
 * @throws repository_not_found, repository_unreadable
 */
export async function judgeChanges(
  db: Db<Tables>,
  ctx: Context,
  judge: Judge,
  { repositoryId, changeIds, signal }: JudgeOptions,
): Promise<{ judged: number; unchanged: number }> {
  const repository = await findRepository(db, repositoryId)
  if (repository === undefined) throw RepositoryNotFound({ repositoryId })
  const { path } = repository
  const askBound = await judge.bound?.of(ctx, 'merge', repositoryId, 'leave')
  const files = await openFiles({ path, signal })
  const lines = openChangedLines({ path, signal })
  const counts = { judged: 0, unchanged: 0 }
  try {
    const pages = judgedPages(db, ctx, judge, { repositoryId, changeIds, signal, files, lines, askBound })
    const take = async (page: FreshPage) => {
      await recordVerdicts(db, ctx, judge, repositoryId, page)
      counts.judged += page.fresh.length
      counts.unchanged += page.unchanged
    }
    await overlapped(assessedPages(db, ctx, repositoryId, ahead(pages)), take, recordedAtOnce)
    return counts
  } finally {
    await files.close()
    await lines.close()
  }
}

interface Reading extends JudgeOptions {
  readonly files: CommittedFiles
  readonly lines: ChangedLines
  readonly askBound: AskBound | undefined
}

async function* judgedPages(
  db: Db<Tables>,
  ctx: Context,
  judge: Judge,
  { repositoryId, changeIds, signal, files, lines, askBound }: Reading,
): AsyncGenerator<Found[]> {
  const firstRecords = await firstRecordsAt(db, repositoryId)
  for (let after = -1; ; ) {
    signal?.throwIfAborted()
    const page = await wholeChanges(db, repositoryId, { ids: changeIds, after, limit: batchSize })
    const last = page.at(-1)
    if (last === undefined) return
    const changes = page.map((one) => one.change)
    const attached = await attachedTo(db, ctx, repositoryId, changes)
    const exceptions = await exceptionsNow(judge, ctx, repositoryId)
    const cases = await Promise.all(
      page.map(async ({ change, position }): Promise<Case> => {
        const changed = () => lines.of({ base: change.baseOid, head: change.headOid })
        return withDecision(judge, {
          change,
          evidence: await changeEvidence(attached(change), changed),
          rules: readRules(await rulesTextAt(files, change.baseOid)).rules,
          keepsRecords: firstRecords !== undefined && position >= firstRecords,
          repositoryId,
          now: change.mergedAt,
          exceptions,
        })
      }),
    )
    const judged = await judgeAll(judge, cases, askBound)
    yield judged.map((one, at) => ({
      ...one,
      recordId: page[at]?.recordId ?? '',
      evidence: attached(one.change),
    }))
    after = last.position
  }
}

/** A history stands as it does now: an exception that ended excepts nothing any more, and one that began does. */
async function exceptionsNow({ departures }: Judge, ctx: Context, repositoryId: string): Promise<Case['exceptions']> {
  return (await departures?.exceptionsFor(repositoryId, ctx.clock())) ?? []
}

/** Evidence may be about the commit that brought a change, or about the pull request's head that a reviewer saw. */
async function attachedTo(
  db: Db<Tables>,
  ctx: Context,
  repositoryId: string,
  changes: readonly Change[],
): Promise<(change: Change) => Evidence[]> {
  const all = await evidenceOf(db, ctx, { repositoryId, commits: changes.flatMap(commitsOf) })
  const byCommit = new Map<string, Evidence[]>()
  for (const one of all) byCommit.set(one.commit ?? '', [...(byCommit.get(one.commit ?? '') ?? []), one])
  return (change) =>
    commitsOf(change)
      .flatMap((commit) => byCommit.get(commit) ?? [])
      .sort((a, b) => (a.addedAt < b.addedAt ? -1 : 1))
}

/** What is new of a page, once its risk is recorded. */
interface FreshPage {
  readonly fresh: readonly Fresh[]
  readonly assessments: ReadonlyMap<string, StoredAssessment>
  readonly unchanged: number
}

/** Records the risk of what is new; verdicts rest on it, so they come after. */
async function* assessedPages(
  db: Db<Tables>,
  ctx: Context,
  repositoryId: string,
  pages: AsyncIterable<readonly Found[]>,
): AsyncGenerator<FreshPage> {
  for await (const judged of pages) {
    const known = await verdictsOf(
      db,
      judged.map((one) => one.change.id),
    )
    const fresh = judged.flatMap((one) => {
      const before = known.get(one.change.id)
      const isKnown =
        before?.factsDigest === one.verdict.factsDigest &&
        before.policyRevision === one.verdict.revision &&
        before.exceptedBy === exceptedBy(one.verdict) &&
        isSaidAlike(before, one.verdict)
      return isKnown ? [] : [{ ...one, before }]
    })
    const assessed = fresh.map((one) => ({
      changeId: one.change.id,
      changeRecordId: one.recordId,
      inputs: inputsOf(one.riskInput),
      assessment: one.assessment,
    }))
    const { newest } = await recordAssessments(db, ctx, repositoryId, assessed)
    yield { fresh, assessments: newest, unchanged: judged.length - fresh.length }
  }
}

/** Engines that are bound to the gate are not part of the policy revision; what they say shows in the rules. */
function isSaidAlike(before: StoredVerdict, { rules }: Verdict): boolean {
  return before.shape === null || before.shape === shapeOf(rules).digest
}

async function recordVerdicts(
  db: Db<Tables>,
  ctx: Context,
  { departures }: Judge,
  repositoryId: string,
  { fresh, assessments }: FreshPage,
): Promise<void> {
  if (fresh.length === 0) return
  await transact(db, ctx, async (tx, record) => {
    const decisions = fresh.map((one) => decisionOf(repositoryId, one, assessments.get(one.change.id)))
    const recorded = await recordDecisions(tx, record, ctx.clock(), decisions)
    const rows = fresh.map((one, at): NewVerdict => {
      const { decisionId = '', recordId = '' } = recorded[at] ?? {}
      return {
        changeId: one.change.id,
        decisionId,
        decisionRecordId: recordId,
        assessmentId: assessments.get(one.change.id)?.id ?? '',
        result: one.verdict.result,
        decision: one.verdict.decision,
        policyRevision: one.verdict.revision,
        factsDigest: one.verdict.factsDigest,
        exceptedBy: exceptedBy(one.verdict),
        judgedAtMs: ctx.clock(),
        shape: shapeOf(one.verdict.rules),
      }
    })
    await saveVerdicts(tx, repositoryId, rows)
    const uses = fresh.flatMap((one, at) =>
      usesOf(one.verdict, recorded[at]?.decisionId ?? '', `change:${one.change.id}`),
    )
    await departures?.countUses(tx, uses, ctx.clock())
  })
}

type Fresh = Found & { readonly before: StoredVerdict | undefined }

/** A history was merged already: what is decided of it now is told, and held nothing back then. */
function decisionOf(
  repositoryId: string,
  { set, question, verdict, change, recordId, evidence, before }: Fresh,
  assessment: StoredAssessment | undefined,
): Decision {
  const rests = [recordId, assessment?.recordId, before?.decisionRecordId, ...evidence.map((one) => one.recordId)]
  return {
    set,
    question,
    verdict,
    mode: 'audit',
    targets: [
      { type: 'change', id: change.id },
      { type: 'repository', id: repositoryId },
    ],
    refs: rests.filter((id) => id !== undefined),
  }
}

export interface GateQuestion {
  readonly repositoryId: string
  readonly path: string
  readonly commit: string
  readonly base?: string | undefined
}

/**
 * Asks about a commit that is not merged yet, with everything that is attached to it, and records the decision.
 *
 * @throws repository_unreadable, branch_missing, range_empty, gate_settings_wrong
 */
export async function runGate(
  db: Db<Tables>,
  ctx: Context,
  judge: Judge,
  { repositoryId, path, commit, base }: GateQuestion,
): Promise<GateRun> {
  const change = await readAsked({ path, commit, base })
  const attached = (await attachedTo(db, ctx, repositoryId, [change]))(change)
  const exceptions = await exceptionsNow(judge, ctx, repositoryId)
  const one = await caseOf({ path, change, attached, now: timestamp(ctx.clock()), exceptions })
  const asked = await withDecision(judge, { ...one, repositoryId })
  const askBound = await judge.bound?.of(ctx, 'merge', repositoryId, 'ask')
  const [judged] = await judgeAll(judge, [asked], askBound)
  if (judged === undefined) throw new Error('a question had no answer')
  const { set, question, verdict } = judged
  const tried = await tryCandidates(judge.engine, judged)
  const candidates = tried.map(({ candidate, other }) => ({ ...candidate, other }))
  const targets = [
    { type: 'commit', id: change.headOid },
    { type: 'repository', id: repositoryId },
  ]
  const refs = attached.map((evidence) => evidence.recordId)
  const decision: Decision = { set, question, verdict, mode: 'enforce', targets, refs, candidates }
  const held = { repositoryId, commit: change.headOid, rules: heldBack(verdict) }
  const { decisionId, overrideId } = await transact(db, ctx, async (tx, record) => {
    const override = await takeOverride(judge, tx, held, ctx.clock())
    const recorded = await recordDecision(tx, record, ctx.clock(), overriding(decision, override))
    await override?.used(record, recorded)
    const uses = usesOf(verdict, recorded.decisionId, `commit:${change.headOid}`)
    await judge.departures?.countUses(tx, uses, ctx.clock())
    return { ...recorded, overrideId: override?.id }
  })
  await judge.settle?.(candidates.map((one) => one.rolloutId))
  const run = runOf(judged, decisionId, tried)
  return overrideId === undefined ? run : overridden(run, overrideId)
}

type TakenOverride = Awaited<ReturnType<Departures['takeOverride']>>

async function takeOverride<T>(
  { departures }: Judge,
  tx: Write<T>,
  { rules, ...of }: { readonly repositoryId: string; readonly commit: string; readonly rules: string[] | undefined },
  atMs: number,
): Promise<TakenOverride> {
  return rules === undefined ? undefined : departures?.takeOverride(tx, { ...of, rules }, atMs)
}

/** The decision stays what it is; its record names what let it through, and that it was not acted on. */
function overriding(decision: Decision, override: TakenOverride): Decision {
  if (override === undefined) return decision
  const targets = [...decision.targets, { type: 'override', id: override.id }]
  return { ...decision, targets, refs: [override.recordId, ...decision.refs], overrideId: override.id }
}

/** Let through, with what the gate says of it all the same. */
function overridden(run: GateRun, overrideId: string): GateRun {
  const { result, decision } = run
  return { ...run, result: 'pass', decision: 'allow', overridden: { overrideId, result, decision } }
}
