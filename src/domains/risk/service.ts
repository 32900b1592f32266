import {
  type Change,
  type ChangesTables,
  type CommittedFiles,
  findRepository,
  firstRecordsAt,
  openFiles,
  RepositoryNotFound,
  wholeChanges,
} from '#domains/changes'
import { type Context, type LedgerTables, transact } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { newId } from '#platform/ids.ts'
import { type AiStatement, createAssessor, type Review, type RiskInput } from './assess.ts'
import { riskAssessed } from './events.ts'
import { inputsOf } from './inputs.ts'
import type { Assessment } from './model.ts'
import type { RepositoryRules } from './rules.ts'
import { readRules, rulesPath } from './rules-file.ts'
import { rulesBytesMax } from './rules-schema.ts'
import { insertAssessments, latestAssessments, type RiskTables, type StoredAssessment } from './store.ts'

type Tables = RiskTables & ChangesTables & LedgerTables

/** What evidence says of a change beyond its history. */
export interface Told {
  readonly review: Review
  readonly aiStatement?: AiStatement | undefined
}

export interface AssessOptions {
  readonly repositoryId: string
  /** Only these; every change of the repository when absent. */
  readonly changeIds?: readonly string[] | undefined
  /** Asked once for each batch; a change without an answer has no such evidence. */
  readonly toldOf?: ((changes: readonly Change[]) => Promise<ReadonlyMap<string, Told>>) | undefined
  readonly signal?: AbortSignal | undefined
}

/** An assessment that may have to be recorded. */
export interface Assessed {
  readonly changeId: string
  readonly changeRecordId: string
  readonly inputs: string
  readonly assessment: Assessment
}

/** Changes whose assessments are made durable together. */
const batchSize = 200

/** Different files of rules that are kept ready; a history has few, one after the other. */
const assessorsMax = 16

/**
 * Assesses the changes of a repository under the rules of the commit that each was merged to, and records what is new:
 * a change whose inputs are those of its newest assessment is left as it is.
 *
 * @throws repository_not_found, repository_unreadable
 */
export async function assessChanges(
  db: Db<Tables>,
  ctx: Context,
  options: AssessOptions,
): Promise<{ recorded: number; unchanged: number }> {
  const { repositoryId, changeIds, signal } = options
  const repository = await findRepository(db, repositoryId)
  if (repository === undefined) throw RepositoryNotFound({ repositoryId })
  const firstRecords = await firstRecordsAt(db, repositoryId)
  const files = await openFiles({ path: repository.path, signal })
  const counts = { recorded: 0, unchanged: 0 }
  try {
    const assessOne = createRuledAssessor(files)
    for (let after = -1; ; ) {
      signal?.throwIfAborted()
      const page = await wholeChanges(db, repositoryId, { ids: changeIds, after, limit: batchSize })
      const last = page.at(-1)
      if (last === undefined) return counts
      const told = await options.toldOf?.(page.map(({ change }) => change))
      const assessed = await Promise.all(
        page.map(async ({ change, position, recordId }): Promise<Assessed> => {
          const keepsRecords = firstRecords !== undefined && position >= firstRecords
          const input = { review: 'unknown' as const, ...told?.get(change.id), change, keepsRecords }
          return { changeId: change.id, changeRecordId: recordId, ...(await assessOne(input)) }
        }),
      )
      const { recorded } = await recordAssessments(db, ctx, repositoryId, assessed)
      counts.recorded += recorded.length
      counts.unchanged += page.length - recorded.length
      after = last.position
    }
  } finally {
    await files.close()
  }
}

export interface RecordedAssessments {
  readonly recorded: readonly StoredAssessment[]
  /** Of every change, recorded now or before. */
  readonly newest: ReadonlyMap<string, StoredAssessment>
}

/** Records those whose inputs are not those of the newest assessment of their change, each as a new one. */
export async function recordAssessments(
  db: Db<Tables>,
  ctx: Context,
  repositoryId: string,
  assessed: readonly Assessed[],
): Promise<RecordedAssessments> {
  const latest = await latestAssessments(
    db,
    assessed.map((one) => one.changeId),
  )
  const fresh = assessed.filter((one) => latest.get(one.changeId)?.inputs !== one.inputs)
  if (fresh.length === 0) return { recorded: [], newest: latest }
  const recorded = await transact(db, ctx, async (tx, record) => {
    const rows = fresh.map(({ changeId, changeRecordId, inputs, assessment }): StoredAssessment => {
      const before = latest.get(changeId)
      const [id, number] = [newId('rsk'), (before?.number ?? 0) + 1]
      const refs = before === undefined ? [changeRecordId] : [changeRecordId, before.recordId]
      const recordId = record(
        riskAssessed({ changeId, repositoryId, assessmentId: id, number, inputs, assessment, refs }),
      )
      return { id, changeId, number, assessedAtMs: ctx.clock(), inputs, assessment, recordId }
    })
    await insertAssessments(tx, repositoryId, rows)
    return rows
  })
  return { recorded, newest: new Map([...latest, ...recorded.map((one) => [one.changeId, one] as const)]) }
}

/** Text of `.countersign.yaml` at a commit; undefined when there is none. One byte more than allowed is read, to see that. */
export async function rulesTextAt(files: CommittedFiles, commit: string | null): Promise<string | undefined> {
  if (commit === null) return undefined
  return (await files.read({ commit, file: rulesPath, maxBytes: rulesBytesMax + 1 }))?.content.toString('utf8')
}

/**
 * What `.countersign.yaml` says at the head that was read last.
 *
 * @throws repository_not_found, repository_unreadable
 */
export async function newestRules(
  db: Db<ChangesTables>,
  repositoryId: string,
): Promise<{ readonly commit: string | null; readonly text: string | undefined }> {
  const repository = await findRepository(db, repositoryId)
  if (repository === undefined) throw RepositoryNotFound({ repositoryId })
  const { path, head_oid: commit } = repository
  const files = await openFiles({ path })
  try {
    return { commit, text: await rulesTextAt(files, commit) }
  } finally {
    await files.close()
  }
}

function createRuledAssessor(files: CommittedFiles) {
  const known = new Map<
    string | undefined,
    (input: Omit<RiskInput, 'rules'>) => Pick<Assessed, 'inputs' | 'assessment'>
  >()
  return async (input: Omit<RiskInput, 'rules'>) => {
    const text = await rulesTextAt(files, input.change.baseOid)
    const found = known.get(text) ?? assessorFor(readRules(text).rules)
    if (known.size >= assessorsMax) known.clear()
    known.set(text, found)
    return found(input)
  }
}

function assessorFor(rules: RepositoryRules) {
  const assess = createAssessor(rules)
  return (input: Omit<RiskInput, 'rules'>) => ({ inputs: inputsOf({ ...input, rules }), assessment: assess(input) })
}
