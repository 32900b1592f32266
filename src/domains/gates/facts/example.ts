import type { MergeFacts } from './model.ts'

const head = 'c0ffee1'.padEnd(40, '0')
const clean = { critical: 0, high: 0, medium: 0, low: 0, info: 0 }
const scan = { ran: true, tools: ['scanner'], open: clean, findings: [] }

/**
 * An AI-assisted change of high risk to a sensitive path, by a junior developer, in which everything is as it should be:
 * every rule of the built-in packs applies to it and passes.
 */
export const exampleFacts: MergeFacts = {
  schema: 'countersign.facts.merge/v1',
  now: '2026-11-23T18:00:00.000Z',
  change: {
    head,
    base: 'ba5e'.padEnd(40, '0'),
    reviewedHead: head,
    kind: 'commit',
    author: { id: 'p1', kind: 'human' },
    authorRoles: ['junior-developer'],
    authors: ['p1'],
    mergedBy: { id: 'p2', kind: 'human' },
    prompters: ['p1'],
    accountable: ['p1'],
    commits: 1,
    files: 3,
    lines: { added: 260, removed: 3, counted: 240 },
    sourceLines: 220,
    touchesDocumentation: true,
    touchesTests: true,
    sensitive: [{ path: 'src/auth/session.ts', category: 'authentication' }],
    dependencyFiles: ['package.json'],
    tickets: ['PAY-42'],
    signatures: { commits: 1, signed: 1, verified: 1 },
    complexity: { level: 'complex', decisionsAdded: 20 },
  },
  ai: {
    assisted: true,
    byAgent: false,
    lines: { attested: 100, declared: 0, hinted: 0, human: 0, unknown: 140, total: 240 },
    tools: ['Claude Code'],
    contradictions: [],
  },
  risk: {
    score: 10.8,
    level: 'high',
    regulatoryImpact: 'high',
    requiredControls: ['enhanced-tests', 'legal-consultation', 'security-review'],
  },
  review: {
    approvals: [
      { by: { id: 'p2', kind: 'human' }, state: 'approved', commit: head, onHead: true },
      { by: { id: 'p3', kind: 'human' }, state: 'approved', commit: head, onHead: true },
    ],
    roles: [
      { id: 'p2', role: 'security' },
      { id: 'p3', role: 'legal' },
      { id: 'p3', role: 'senior-developer' },
    ],
    rolesKnown: true,
  },
  merge: { adminOverride: false, directPush: false },
  protection: { enabled: true, requiredApprovals: 1, forcePushBlocked: true },
  evidence: {
    sast: scan,
    secrets: scan,
    sca: scan,
    tests: { total: 12, passed: 11, failed: 0, errors: 0, skipped: 1 },
    coverage: { lines: 200, hit: 160, percent: 80 },
    dependencies: {
      added: [
        {
          ecosystem: 'npm',
          name: 'left',
          version: '1.0.0',
          path: 'package.json',
          line: 4,
          existence: 'exists',
          ageDays: 7,
        },
      ],
      existenceKnown: true,
      agesKnown: true,
    },
    interactions: { complete: true, sessions: 1, unscanned: 0, sensitivePassed: 0, unapprovedTools: [] },
  },
  unknown: [],
}
