import { type Change, type ChangesTables, changedLines, findRepository, firstRecordsAt, openFiles, RepositoryNotFound, wholeChanges } from '#domains/changes'
import { type EvidenceTables, evidenceOf } from '#domains/evidence'
import { assessedOf, latestAssessments, type RiskTables, readRules, recordAssessments, rulesTextAt } from '#domains/risk'
import { type Context, type LedgerTables, transact } from '#kernel/ledger'
import { type Decision, type PolicyTables, recordDecisions } from '#kernel/policy'
import type { Db } from '#platform/database.ts'
import { changeEvidence } from './facts/change-evidence.ts'
import { type Case, type Judge, type Judged, judgeAll, runOf } from './judge.ts'
import { type GatesTables, saveVerdicts, verdictsOf } from './store.ts'
import { summaryOf } from './summary.ts'

export type Tables = GatesTables & PolicyTables & RiskTables & EvidenceTables & ChangesTables & LedgerTables

export interface JudgeOptions {
  readonly repositoryId: string
  /** Only these; every change of the repository when absent. */
  readonly changeIds?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
}

/** Changes whose verdicts are made durable together. */
const batchSize = 200

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
  const firstRecords = await firstRecordsAt(db, repositoryId)
  const files = await openFiles({ path: repository.path, signal })
  const counts = { judged: 0, unchanged: 0 }
  try {
    for (let after = -1; ; ) {
      signal?.throwIfAborted()
      const page = await wholeChanges(db, repositoryId, { ids: changeIds, after, limit: batchSize })
      const last = page.at(-1)
      if (last === undefined) return counts
      const attached = await evidenceByCommit(db, ctx, repositoryId, page.map((one) => one.change))
      const cases = await Promise.all(
        page.map(async ({ change, position }): Promise<Case> => {
          const rulesText = await rulesTextAt(files, change.baseOid)
          const of = reviewedCommits(change).flatMap((commit) => attached.get(commit) ?? [])
          return {
            change,
            evidence: await changeEvidence(of, () => changedLines({ path: repository.path, base: change.baseOid, head: change.headOid })),
            rules: readRules(rulesText).rules,
            keepsRecords: firstRecords !== undefined && position >= firstRecords,
            now: change.mergedAt,
          }
        }),
      )
      const judged = await judgeAll(judge, cases)
      const recordIds = new Map(page.map(({ change, recordId }) => [change.id, recordId]))
      const recorded = await record(db, ctx, repositoryId, judged, recordIds)
      counts.judged += recorded
      counts.unchanged += page.length - recorded
      after = last.position
    }
  } finally {
    await files.close()
  }
}
