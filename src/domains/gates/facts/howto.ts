/** What each fact that may be unknown means, and the one step that makes it known. */
export interface Supply {
  readonly what: string
  /** May hold `{head}`. */
  readonly howToKnow: string
}

const add = (file: string) => `\`countersign evidence add ${file} --commit {head}\``
const pullRequest = `Attach the pull request's record: ${add('pull-request.json')}`
const roles = `Name roles under \`roles\` in .countersign.yaml, or in the pull request's record: ${add('pull-request.json')}`

export const supplies = {
  'ai.assisted': {
    what: 'whether AI took part in the change',
    howToKnow: `Let the coding tool write line records or a trailer, or state it under \`ai\` in the pull request's record: ${add('pull-request.json')}`,
  },
  'change.authorRoles': {
    what: 'the role of its author',
    howToKnow: roles,
  },
  'change.authors': {
    what: 'whether an approver is also an author: one is known by an address only, the other by an account only',
    howToKnow: `Give address and account of each commit's author under \`commits\` in the pull request's record: ${add('pull-request.json')}`,
  },
  'change.mergedBy': { what: 'who merged it', howToKnow: pullRequest },
  'change.prompters': {
    what: 'who told the AI tool what to write',
    howToKnow: `Attach the record of the sessions: ${add('interactions.json')}`,
  },
  'change.tickets': {
    what: 'its ticket',
    howToKnow: `Name the ticket in a commit message, or in the pull request's record: ${add('pull-request.json')}`,
  },
  'change.architectureDecision.state': {
    what: 'whether the AI architecture decision that it cites is approved',
    howToKnow: 'Ask a server, which keeps them: `countersign gate --server URL --commit {head}`',
  },
  'change.signatures.verified': {
    what: 'whether the signatures of its commits hold',
    howToKnow: pullRequest,
  },
  'change.complexity.decisionsAdded': {
    what: 'the decision points that it adds',
    howToKnow: 'Make the base commit available (`git fetch --unshallow`) and judge it again',
  },
  'review.approvals': { what: 'its reviews and approvals', howToKnow: pullRequest },
  'review.rolesKnown': {
    what: 'the roles of who approved it',
    howToKnow: roles,
  },
  'merge.adminOverride': {
    what: 'whether it was merged over a rule of the forge',
    howToKnow: pullRequest,
  },
  'merge.directPush': { what: 'whether it came through a pull request', howToKnow: pullRequest },
  protection: { what: 'how the branch is protected', howToKnow: pullRequest },
  'evidence.sast': { what: 'a static analysis of exactly this commit', howToKnow: `Attach it: ${add('sast.sarif')}` },
  'evidence.secrets': { what: 'a secret scan of exactly this commit', howToKnow: `Attach it: ${add('gitleaks.json')}` },
  'evidence.sca': {
    what: 'a scan of the dependencies of exactly this commit',
    howToKnow: `Attach it: ${add('sca.json')}`,
  },
  'evidence.tests': { what: 'the test report of exactly this commit', howToKnow: `Attach it: ${add('junit.xml')}` },
  'evidence.coverage': { what: 'the coverage of the added lines', howToKnow: `Attach it: ${add('lcov.info')}` },
  'evidence.dependencies': {
    what: 'what is known of the added dependencies',
    howToKnow: `Look them up with \`countersign evidence dependencies --repo . --commit {head} --out dependencies.json\`, then ${add('dependencies.json')}`,
  },
  'evidence.dependencies.existenceKnown': {
    what: 'whether an added dependency exists',
    howToKnow: 'Look it up in its registry, say so under `exists` in dependencies.json, and attach that',
  },
  'evidence.dependencies.agesKnown': {
    what: 'since when the version of an added dependency is public',
    howToKnow: 'Look it up in its registry, say so under `publishedAt` in dependencies.json, and attach that',
  },
  'evidence.interactions': {
    what: 'the record of the AI interactions behind it',
    howToKnow: `Attach the record of the sessions: ${add('interactions.json')}`,
  },
} as const satisfies Readonly<Record<string, Supply>>

export type UnknownPath = keyof typeof supplies

/** What is missing, and how to know it of this commit; undefined for a path that is not of the facts. */
export function supplyOf(path: string, head = 'COMMIT'): Supply | undefined {
  const supply = (supplies as Readonly<Record<string, Supply>>)[path]
  return supply && { ...supply, howToKnow: supply.howToKnow.replaceAll('{head}', head) }
}
