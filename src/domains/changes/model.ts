import { z } from 'zod'

/** A person, an AI tool or a machine that changes code by fixed rules, as a commit names it. */
export const Identity = z.object({
  name: z.string(),
  email: z.string(),
  kind: z.enum(['human', 'agent', 'automation']),
  tool: z.string().optional(),
})
export type Identity = z.infer<typeof Identity>

/**
 * What is known of a line or commit, strongest first: `attested` by AI records line by line, `declared` AI by a mark of
 * the whole commit, `humanAttested` by records, `hinted` AI by something weak, `unknown` without any statement.
 */
export const Grade = z.enum(['attested', 'declared', 'humanAttested', 'hinted', 'unknown'])
export type Grade = z.infer<typeof Grade>

const count = z.int().nonnegative()

/** The five parts sum to `total`. */
export const GradeCounts = z.object({
  attested: count,
  declared: count,
  hinted: count,
  humanAttested: count,
  unknown: count,
  total: count,
})
export type GradeCounts = z.infer<typeof GradeCounts>

/** Parts of the counted lines, 0 to 1; null when there are none. `high` is the most that can be AI, `declared` the least. */
export const Share = z.object({
  attested: z.number().nullable(),
  declared: z.number().nullable(),
  high: z.number().nullable(),
  unknown: z.number().nullable(),
  method: z.string(),
})
export type Share = z.infer<typeof Share>

/** One kind of evidence for one tool. Sources overlap: the same line may be named by several. */
export const Source = z.object({
  source: z.string(),
  grade: Grade,
  tool: z.string(),
  assurance: z.string(),
  commits: count,
  lines: count,
})
export type Source = z.infer<typeof Source>

export const Disagreement = z.object({
  kind: z.enum([
    'record_without_statement',
    'statement_without_record',
    'human_record_ai_statement',
    'tools_differ',
    'records_conflict',
  ]),
  detail: z.string(),
  commits: z.array(z.string()),
})
export type Disagreement = z.infer<typeof Disagreement>

export const Attribution = z.object({
  lines: GradeCounts,
  commits: GradeCounts,
  share: Share,
  sources: z.array(Source),
  tools: z.array(z.object({ tool: z.string(), commits: count, lines: count })),
  disagreements: z.array(Disagreement),
  /** Of the unknown: made by machines that are not AI. */
  automation: z.object({ commits: count, lines: count }),
  /** Records that could not be used, by reason. */
  problems: z.record(z.string(), count),
})
export type Attribution = z.infer<typeof Attribution>

export const FileClass = z.enum([
  'counted',
  'generated',
  'vendored',
  'lock',
  'binary',
  'oversized',
  'lfs',
  'symlink',
  'submodule',
  'missing',
])
export type FileClass = z.infer<typeof FileClass>

export const ChangedFile = z.object({
  path: z.string(),
  previousPath: z.string().optional(),
  status: z.enum(['added', 'deleted', 'modified', 'renamed', 'copied', 'retyped']),
  class: FileClass,
  added: count,
  removed: count,
  /** Added lines that hold more than white space, when the class is `counted`; otherwise 0. */
  counted: count,
  /** Decision points (branches, loops, handlers) in added and removed lines, where the language is known. */
  decisions: z.object({ added: count, removed: count }).optional(),
  /** Of the counted lines; absent when all have the grade of the whole change. */
  grades: GradeCounts.optional(),
})
export type ChangedFile = z.infer<typeof ChangedFile>

const Signature = z.object({
  kind: z.enum(['none', 'openpgp', 'ssh', 'x509', 'other']),
  status: z.enum(['absent', 'unknown', 'verified', 'invalid']),
})

export const ChangeCommit = z.object({
  oid: z.string(),
  subject: z.string(),
  author: Identity,
  committer: Identity,
  authoredAt: z.iso.datetime(),
  committedAt: z.iso.datetime(),
  isMerge: z.boolean(),
  signature: Signature,
  grade: Grade,
})
export type ChangeCommit = z.infer<typeof ChangeCommit>

export const PullRequest = z.object({ system: z.string(), number: z.int().positive(), project: z.string().optional() })
export type PullRequest = z.infer<typeof PullRequest>

/** Everyone and everything that the messages of a change name. */
export const Parties = z.object({
  pullRequest: PullRequest.optional(),
  coAuthors: z.array(Identity),
  reviewers: z.array(Identity),
  signedOffBy: z.array(Identity),
  reverts: z.array(z.string()),
  cherryPickedFrom: z.array(z.string()),
  tickets: z.array(z.string()),
  /** AI architecture decisions that it cites; absent where it cites none. */
  architectureDecisions: z.array(z.string()).optional(),
  justification: z.object({ text: z.string(), from: z.string() }).optional(),
  /** Why a part is missing, by its name. */
  na: z.record(z.string(), z.string()),
})
export type Parties = z.infer<typeof Parties>

/** One step of the first-parent chain, with everything it brought. */
export const Change = z.object({
  id: z.string(),
  kind: z.enum(['commit', 'merge', 'rebased']),
  /** The commit that brought it, and the one it was brought to; null for a root. */
  headOid: z.string(),
  baseOid: z.string().nullable(),
  title: z.string(),
  mergedAt: z.iso.datetime(),
  author: Identity,
  mergedBy: Identity,
  commits: z.array(ChangeCommit),
  parties: Parties,
  files: z.array(ChangedFile),
  lines: z.object({ added: count, removed: count, counted: count, setAside: z.partialRecord(FileClass, count) }),
  attribution: Attribution,
  limitsHit: z.array(z.string()),
})
export type Change = z.infer<typeof Change>
