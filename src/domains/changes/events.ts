import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type AuditEvent, committed, defineEvent, sealed } from '#kernel/ledger'
import { canonicalize, type Json } from '#platform/canonical-json.ts'
import { type Change, GradeCounts, PullRequest, Share, Source } from './model.ts'

const sourcesMax = 40
const namesMax = 20
const commitsMax = 64

/** What git alone cannot tell of a change that was merged before anything recorded it. */
const unknownFromGit = {
  tool: 'unknown_from_git',
  'tool.version': 'unknown_from_git',
  inputHash: 'unknown_from_git',
  outputHash: 'unknown_from_git',
  review: 'unknown_from_git',
  scans: 'unknown_from_git',
  compliance: 'no_policy_in_force',
  justification: 'unknown_from_git',
} as const

const RepositoryAdded = defineEvent('repository.added', z.object({ path: committed, name: committed }), {
  description: 'a repository is governed from now on',
})
const RepositoryImported = defineEvent(
  'repository.imported',
  z.object({
    branch: committed.nullable(),
    headOid: z.string().nullable(),
    objectFormat: z.string(),
    isShallow: z.boolean(),
    newChanges: z.int(),
    knownChanges: z.int(),
  }),
  { description: 'the history of a repository was read to its end' },
)
const RepositoryUnreadable = defineEvent('repository.import-failed', z.object({ code: z.string() }), {
  description: 'the history of a repository could not be read',
})
const CloneRequested = defineEvent('clone.requested', z.object({ url: committed }), {
  description: 'somebody had a repository fetched from an address, to govern it',
})
const CloneFailed = defineEvent('clone.failed', z.object({ code: z.string() }), {
  description: 'a repository could not be fetched from its address',
})
const ChangeImported = defineEvent(
  'change.imported',
  z.object({
    headOid: z.string(),
    kind: z.enum(['commit', 'merge', 'rebased']),
    mergedAt: z.string(),
    title: committed,
    author: committed,
    commits: z.array(z.string()),
    commitsTotal: z.int(),
    ai: z.object({ commits: GradeCounts, lines: GradeCounts }),
    share: Share,
    sources: z.array(Source),
    tools: z.array(z.string()),
    disagreements: z.int(),
    pullRequest: PullRequest.nullable(),
    tickets: z.array(z.string()),
    reviewersNamed: z.int(),
    limitsHit: z.array(z.string()),
    /**
     * SHA-256 of the RFC 8785 JSON of `{id, headOid, lines, commits, files}`, each file with `{path, class, added, removed,
     * counted, decisions?, grades?}`.
     */
    findings: z.string(),
  }),
  {
    description: 'a change of the history was read and attributed; what git cannot tell is named in `na`',
    operation: 'change.import',
    na: unknownFromGit,
  },
)

export const changesEvents = [
  RepositoryAdded,
  RepositoryImported,
  RepositoryUnreadable,
  CloneRequested,
  CloneFailed,
  ChangeImported,
]

export function repositoryAdded(id: string, path: string, name: string): AuditEvent {
  return RepositoryAdded({
    targets: [{ type: 'repository', id }],
    data: { path: sealed.text('path', path), name: sealed.text('name', name) },
  })
}

export function repositoryImported(
  id: string,
  outcome: { branch: string | undefined; headOid: string | undefined; objectFormat: string; isShallow: boolean },
  counts: { newChanges: number; knownChanges: number },
): AuditEvent {
  const { branch, headOid = null, ...rest } = outcome
  const sealedBranch = branch === undefined ? null : sealed.text('branch', branch)
  return RepositoryImported({
    targets: [{ type: 'repository', id }],
    data: { ...rest, ...counts, headOid, branch: sealedBranch },
  })
}

export function repositoryImportFailed(id: string, code: string): AuditEvent {
  return RepositoryUnreadable({ targets: [{ type: 'repository', id }], data: { code } })
}

export function cloneRequested(id: string, url: string): AuditEvent {
  return CloneRequested({ targets: [{ type: 'clone', id }], data: { url: sealed.text('url', url) } })
}

export function cloneFailed(id: string, code: string): AuditEvent {
  return CloneFailed({ targets: [{ type: 'clone', id }], data: { code } })
}

export function changeImported(repositoryId: string, change: Change): AuditEvent {
  const tool = change.attribution.tools[0]?.tool
  const { justification } = change.parties
  return ChangeImported({
    targets: [
      { type: 'change', id: change.id },
      { type: 'repository', id: repositoryId },
    ],
    data: changeData(change),
    ...(tool === undefined ? {} : { tool: { name: tool, version: null, model: null } }),
    ...(justification === undefined ? {} : { justification: sealed.text('justification', justification.text) }),
  })
}

function changeData(change: Change) {
  const { attribution, parties } = change
  return {
    headOid: change.headOid,
    kind: change.kind,
    mergedAt: change.mergedAt,
    title: sealed.text('title', change.title),
    author: sealed.identity('author', `${change.author.name} <${change.author.email}>`),
    commits: change.commits.slice(0, commitsMax).map((one) => one.oid),
    commitsTotal: change.commits.length,
    ai: { commits: attribution.commits, lines: attribution.lines },
    share: attribution.share,
    sources: attribution.sources.slice(0, sourcesMax),
    tools: attribution.tools.slice(0, namesMax).map((one) => one.tool),
    disagreements: attribution.disagreements.length,
    pullRequest: parties.pullRequest ?? null,
    tickets: parties.tickets.slice(0, namesMax),
    reviewersNamed: parties.reviewers.length,
    limitsHit: change.limitsHit.slice(0, namesMax),
    findings: findingsOf(change),
  }
}

/** What stands in the record as a digest, so that a report can be compared with the ledger file by file. */
export function findingsOf({ id, headOid, attribution, files }: Change): string {
  const found = { id, headOid, lines: attribution.lines, commits: attribution.commits, files: files.map(fileFound) }
  return `sha256:${createHash('sha256').update(canonicalize(found)).digest('hex')}`
}

function fileFound({ path, class: kind, added, removed, counted, decisions, grades }: Change['files'][number]): Json {
  const known = { ...(decisions === undefined ? {} : { decisions }), ...(grades === undefined ? {} : { grades }) }
  return { path, class: kind, added, removed, counted, ...known }
}
