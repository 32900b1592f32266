import type { Change } from '#domains/changes'
import type { Assessment } from '#domains/risk'
import { aiFacts } from './ai.ts'
import { type ChangeEvidence, evidenceFacts } from './evidence.ts'
import { readFiles } from './files.ts'
import { supplies, type UnknownPath } from './howto.ts'
import type { MergeFacts, PersonRole } from './model.ts'
import { type Parties, partiesOf } from './parties.ts'

export interface FactsInput {
  readonly change: Change
  readonly assessment: Assessment
  readonly evidence: ChangeEvidence
  /** Roles by address or account, from the rules file of the base commit. */
  readonly roles: Readonly<Record<string, readonly PersonRole[]>>
  /** Whether an AI architecture decision that it cites is approved; undefined where nobody could be asked. */
  readonly isDecisionApproved?: boolean | undefined
  /** As of when the change is judged. */
  readonly now: string
}

/** Everything a merge gate may know of one change. The same input gives the same document. */
export function buildFacts(input: FactsInput): MergeFacts {
  const { change, assessment, evidence, now } = input
  const unknown = new Set<UnknownPath>()
  const ai = aiFacts(change, evidence.pullRequest?.ai, unknown)
  const parties = partiesOf(input, ai.assisted)
  const files = readFiles(change.files)
  const known: Omit<MergeFacts, 'unknown'> = {
    schema: 'countersign.facts.merge/v1',
    now,
    change: changeFacts(input, parties, files, unknown),
    ai,
    risk: riskFacts(assessment),
    review: reviewFacts(parties, unknown),
    merge: mergeFacts(evidence.pullRequest, unknown),
    ...protectionFacts(evidence.pullRequest, unknown),
    evidence: evidenceFacts(input, files.dependencyFiles, unknown),
  }
  // how to know it is told to whoever reads the answer: it decides nothing, and would make the facts three times as large
  const listed = [...unknown].sort().map((path) => ({ path, what: supplies[path].what, howToKnow: '' }))
  return { ...known, unknown: listed }
}

function changeFacts(
  input: FactsInput,
  parties: Parties,
  { dependencyFiles, ...files }: ReturnType<typeof readFiles>,
  unknown: Set<UnknownPath>,
): MergeFacts['change'] {
  const { change, assessment, evidence } = input
  const { pullRequest } = evidence
  for (const [path, value] of Object.entries({
    'change.authors': parties.authors,
    'change.authorRoles': parties.authorRoles,
    'change.mergedBy': parties.mergedBy,
    'change.prompters': parties.prompters,
  } as const)) {
    if (value === undefined) unknown.add(path as UnknownPath)
  }
  return {
    head: change.headOid,
    base: change.baseOid,
    reviewedHead: parties.reviewedHead,
    kind: change.kind,
    author: parties.author,
    ...present({
      authors: parties.authors,
      authorRoles: parties.authorRoles,
      mergedBy: parties.mergedBy,
      prompters: parties.prompters,
    }),
    accountable: [...parties.accountable],
    commits: change.commits.length,
    files: change.files.length,
    lines: { added: change.lines.added, removed: change.lines.removed, counted: change.lines.counted },
    ...files,
    dependencyFiles: [...dependencyFiles],
    sensitive: assessment.categories.slice(0, 50).map(({ path, category }) => ({ path, category })),
    ...present({ tickets: ticketsOf(change, pullRequest, unknown) }),
    ...present({ architectureDecision: architectureDecisionOf(input, unknown) }),
    signatures: signaturesOf(change, pullRequest, unknown),
    complexity: complexityOf(change, assessment, unknown),
  }
}

function ticketsOf(
  change: Change,
  pullRequest: ChangeEvidence['pullRequest'],
  unknown: Set<UnknownPath>,
): string[] | undefined {
  const named = [...new Set([...change.parties.tickets, ...(pullRequest?.tickets ?? [])])].sort().slice(0, 20)
  if (named.length > 0 || pullRequest?.tickets !== undefined) return named
  unknown.add('change.tickets')
  return undefined
}

/** The AI architecture decisions that a change cites, in its messages or in the record of its pull request. */
export function citedDecisions({ change, evidence }: Pick<FactsInput, 'change' | 'evidence'>): string[] {
  const named = [
    ...(change.parties.architectureDecisions ?? []),
    ...(evidence.pullRequest?.architectureDecisions ?? []),
  ]
  return [...new Set(named)].sort().slice(0, 20)
}

function architectureDecisionOf(
  input: FactsInput,
  unknown: Set<UnknownPath>,
): MergeFacts['change']['architectureDecision'] {
  const cited = citedDecisions(input)
  if (cited.length === 0) return undefined
  const { isDecisionApproved } = input
  if (isDecisionApproved === undefined) {
    unknown.add('change.architectureDecision.state')
    return { cited }
  }
  return { cited, state: isDecisionApproved ? 'approved' : 'not_approved' }
}

function signaturesOf(
  change: Change,
  pullRequest: ChangeEvidence['pullRequest'],
  unknown: Set<UnknownPath>,
): MergeFacts['change']['signatures'] {
  const own = change.commits.filter((commit) => !commit.isMerge)
  const commits = own.length
  const signed = own.filter((commit) => commit.signature.kind !== 'none').length
  const stated = new Map((pullRequest?.commits ?? []).map((commit) => [commit.oid, commit.verified]))
  const verdicts = own.map((commit) => (commit.signature.kind === 'none' ? false : stated.get(commit.oid)))
  if (verdicts.some((verdict) => verdict === undefined)) {
    unknown.add('change.signatures.verified')
    return { commits, signed }
  }
  return { commits, signed, verified: verdicts.filter((verdict) => verdict === true).length }
}

function complexityOf(
  change: Change,
  assessment: Assessment,
  unknown: Set<UnknownPath>,
): MergeFacts['change']['complexity'] {
  const level = assessment.factors.find((factor) => factor.name === 'aiComplexity')?.value ?? 'advanced'
  const counted = change.files.filter((file) => file.decisions !== undefined)
  const decisionsAdded = counted.reduce(
    (sum, { decisions }) => sum + (decisions?.added ?? 0) - (decisions?.removed ?? 0),
    0,
  )
  // of a shallow end nothing is known but that it is there
  const isKnown = !change.limitsHit.includes('shallow')
  if (!isKnown) unknown.add('change.complexity.decisionsAdded')
  return {
    level: level as MergeFacts['change']['complexity']['level'],
    ...present({ decisionsAdded: isKnown ? decisionsAdded : undefined }),
  }
}

function riskFacts({ score, level, factors, requiredControls }: Assessment): MergeFacts['risk'] {
  const impact = factors.find((factor) => factor.name === 'regulatoryImpact')?.value ?? 'high'
  return {
    score: score.used,
    level,
    regulatoryImpact: impact as MergeFacts['risk']['regulatoryImpact'],
    requiredControls: [...requiredControls].sort(),
  }
}

function reviewFacts({ approvals, roles }: Parties, unknown: Set<UnknownPath>): MergeFacts['review'] {
  if (approvals === undefined) {
    unknown.add('review.approvals').add('review.rolesKnown')
    return { roles: [] }
  }
  const held = approvals.flatMap(({ by: { id } }) => (roles.get(id) ?? []).map((role) => ({ id, role })))
  const isKnown = approvals.every(({ by }) => by.kind !== 'human' || roles.has(by.id))
  if (!isKnown) unknown.add('review.rolesKnown')
  return { approvals: [...approvals], roles: held.slice(0, 200), ...(isKnown ? { rolesKnown: true } : {}) }
}

function mergeFacts(pullRequest: ChangeEvidence['pullRequest'], unknown: Set<UnknownPath>): MergeFacts['merge'] {
  if (pullRequest === undefined) {
    unknown.add('merge.adminOverride').add('merge.directPush')
    return {}
  }
  // what is not merged yet has bypassed nothing
  const { adminOverride, directPush } = pullRequest.merge ?? { adminOverride: false, directPush: false }
  return { adminOverride, directPush }
}

function protectionFacts(
  pullRequest: ChangeEvidence['pullRequest'],
  unknown: Set<UnknownPath>,
): Pick<MergeFacts, 'protection'> {
  const protection = pullRequest?.protection
  if (protection === undefined) {
    unknown.add('protection')
    return {}
  }
  const { enabled, requiredApprovals, forcePushBlocked } = protection
  return { protection: { enabled, requiredApprovals, forcePushBlocked } }
}

/** The members that have a value: what is not known is absent, not null. */
export function present<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never
}
