import { createHash } from 'node:crypto'
import { attribute, type OnLine } from './attribution/attribute.ts'
import type { Mailmap } from './content/mailmap.ts'
import type { Change, ChangeCommit, ChangedFile, FileClass, Grade, Identity } from './model.ts'
import { readParties, toIdentity } from './parties.ts'
import type { Plan, PlannedCommit } from './plan.ts'
import { shorten } from './repository/commit.ts'
import type { FileDiff } from './repository/diff-parser.ts'

/** The diff of a change, its files told apart. */
export interface ClassedFile {
  readonly file: FileDiff
  readonly class: FileClass
}

export interface Assembly {
  readonly plan: Plan
  readonly files: readonly ClassedFile[]
  /** By commit: its own counted files, where lines had to be read. */
  readonly commitFiles: ReadonlyMap<string, readonly FileDiff[]>
  readonly limitsHit: readonly string[]
}

/** Who a name and address of a commit is. */
export type Identify = (person: { name: string; email: string }) => Identity

/** Remembers the people of one history, as few write most of it. */
export function createIdentify(mailmap: Mailmap): Identify {
  const known = new Map<string, Identity>()
  return ({ name, email }) => {
    const key = `${name}\0${email}`
    const found = known.get(key) ?? mailmap(toIdentity({ name, email }))
    if (known.size < identitiesMax) known.set(key, found)
    return found
  }
}

const identitiesMax = 10_000

/** Makes the change of contracts section 3 from what was read of it. */
export function assemble(
  { plan, files, commitFiles, limitsHit }: Assembly,
  context: {
    repository: string
    identify: Identify
    keepsRecords: boolean
    recordsSigned: boolean
    onLine?: OnLine | undefined
  },
): Change {
  const head = headOf(plan)
  const material = {
    commits: plan.commits.map((each) => ({ ...each.material, files: commitFiles.get(each.oid) ?? [] })),
    files: files.filter((each) => each.class === 'counted').map((each) => each.file),
    keepsRecords: context.keepsRecords,
    recordsSigned: context.recordsSigned,
  }
  const { attribution, commitGrades, fileGrades } = attribute(material, context.onLine)
  const identity = context.identify
  const newest = plan.kind === 'merge' ? (plan.commits.findLast((each) => each.parents < 2) ?? head) : head
  return {
    id: changeId(context.repository, head.oid),
    kind: plan.kind,
    headOid: head.oid,
    baseOid: plan.base ?? null,
    title: titleOf(head),
    mergedAt: head.commit.committer.at,
    author: identity(newest.commit.author),
    mergedBy: identity(plan.kind === 'merge' ? head.commit.author : head.commit.committer),
    commits: plan.commits.map((each, at) => toCommit(each, commitGrades[at] ?? 'unknown', identity)),
    parties: readParties(plan.commits.map((each) => each.message)),
    files: files.map((each) => toFile(each, fileGrades.get(each.file.path))),
    lines: countLines(files),
    attribution,
    limitsHit: [...new Set([...plan.limitsHit, ...limitsHit])],
  }
}

/** The same for the same commit of the same repository, however often it is read. */
function changeId(repository: string, oid: string): string {
  const digest = createHash('sha256').update(`countersign/change/v1\0${repository}\0${oid}`).digest('base64url')
  return `chg_${digest.slice(0, 27)}`
}

function headOf(plan: Plan): PlannedCommit {
  const head = plan.commits.at(-1)
  if (head === undefined) throw new Error('a change has no commit')
  return head
}

function titleOf({ message }: PlannedCommit): string {
  const isMerge = /^(Merge (pull request|branch|remote-tracking)|Merged in )/.test(message.subject)
  const stated = isMerge ? message.lines.slice(1).find((line) => /^\w/.test(line) && !/^[\w-]+:/.test(line)) : undefined
  return shorten(stated ?? message.subject, 300)
}

function toCommit(planned: PlannedCommit, grade: Grade, identity: Identify): ChangeCommit {
  const { commit } = planned
  return {
    oid: commit.oid,
    subject: commit.subject,
    author: identity(commit.author),
    committer: identity(commit.committer),
    authoredAt: commit.author.at,
    committedAt: commit.committer.at,
    isMerge: planned.parents > 1,
    signature: { kind: commit.signature, status: commit.signature === 'none' ? 'absent' : 'unknown' },
    grade,
  }
}

const statuses: Readonly<Record<string, ChangedFile['status']>> = {
  A: 'added',
  C: 'copied',
  D: 'deleted',
  M: 'modified',
  R: 'renamed',
  T: 'retyped',
}

function toFile({ file, class: kind }: ClassedFile, grades: ChangedFile['grades']): ChangedFile {
  return {
    path: file.path,
    ...(file.previousPath === undefined ? {} : { previousPath: file.previousPath }),
    status: statuses[file.status] ?? 'modified',
    class: kind,
    added: file.added,
    removed: file.removed,
    counted: kind === 'counted' ? file.added - file.blank : 0,
    ...(file.decisions === undefined || kind !== 'counted' ? {} : { decisions: file.decisions }),
    ...(grades === undefined ? {} : { grades }),
  }
}

function countLines(files: readonly ClassedFile[]): Change['lines'] {
  const lines = { added: 0, removed: 0, counted: 0 }
  const setAside: Partial<Record<FileClass, number>> = {}
  for (const { file, class: kind } of files) {
    lines.added += file.added
    lines.removed += file.removed
    if (kind === 'counted') lines.counted += file.added - file.blank
    else setAside[kind] = (setAside[kind] ?? 0) + file.added
  }
  return { ...lines, setAside }
}
