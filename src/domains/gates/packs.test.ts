import { afterAll, expect, test } from 'vitest'
import { createPolicyEngine, type Question, type RuleResult, type Verdict } from '#kernel/policy'
import type { Json } from '#platform/canonical-json.ts'
import { createLog } from '#platform/log.ts'
import { MergeFacts } from './facts/model.ts'
import { builtInPacks, createPolicySource } from './policy.ts'
import { goodFacts, withFact } from './testing/good-facts.ts'

const engine = createPolicyEngine({ workers: 1, log: createLog('error') })
afterAll(() => engine.close())

const noSettings = { params: {}, modes: {} }

async function ask(
  facts: MergeFacts,
  settings = noSettings,
  exceptions: Question['exceptions'] = [],
): Promise<Verdict> {
  MergeFacts.parse(facts)
  const { set } = await createPolicySource().rulesFor(settings)
  return engine.decide(set, questionOf(facts, exceptions))
}

function questionOf(facts: MergeFacts, exceptions: Question['exceptions']): Question {
  const principal = { type: 'Countersign::User', id: 'p2' }
  const resource = { type: 'Countersign::Change', id: facts.change.head }
  return {
    gate: 'merge',
    facts: facts as unknown as Json,
    exceptions,
    request: {
      principal,
      action: 'Countersign::Action::"change:merge"',
      resource,
      entities: [
        { uid: principal, attrs: {}, parents: [] },
        { uid: resource, attrs: { author: 'p1', risk: facts.risk.level }, parents: [] },
      ],
      context: { approvers: ['p2', 'p3'] },
    },
  }
}

function rule({ rules }: Verdict, id: string): RuleResult {
  const found = rules.find((one) => one.id === id)
  if (found === undefined) throw new Error(`no rule ${id}`)
  return found
}

const issue = (severity: string) => ({ id: 'f1', rule: 'js/eval', severity, path: 'src/auth/session.ts', line: 12 })
const open = { critical: 0, high: 1, medium: 0, low: 0, info: 0 }
const scanned = { ran: true, tools: ['scanner'], open: { ...open, high: 0 }, findings: [] }
const found = { ran: true, tools: ['scanner'], open, findings: [issue('high')] }
const notRun = { ...scanned, ran: false }
const approval = (id: string, more: object = {}) => ({
  by: { id, kind: 'human' },
  state: 'approved',
  commit: goodFacts.change.head,
  onHead: true,
  ...more,
})
const interactions = goodFacts.evidence.interactions
const { dependencies } = goodFacts.evidence
const dependency = dependencies?.added[0]
const tests = goodFacts.evidence.tests
const coverage = { lines: 200, hit: 159, percent: 79.5 }

/** For each rule: what breaks it, and the fact without which it cannot be judged. */
const cases: Record<
  string,
  { fails: readonly (readonly [path: string, value: unknown])[]; unknownWithout: readonly string[] }
> = {
  'security.scan-ai': { fails: [['evidence.sast', notRun]], unknownWithout: ['evidence.sast'] },
  'security.scan-sensitive': { fails: [['evidence.sast', notRun]], unknownWithout: ['evidence.sast'] },
  'security.findings': { fails: [['evidence.sast', found]], unknownWithout: ['evidence.sast'] },
  'security.secrets': {
    fails: [
      ['evidence.secrets', found],
      ['evidence.secrets', notRun],
    ],
    unknownWithout: ['evidence.secrets'],
  },
  'security.vulnerabilities': {
    fails: [
      ['evidence.sca', found],
      ['evidence.sca', notRun],
    ],
    unknownWithout: ['evidence.sca'],
  },
  'security.dependencies-exist': {
    fails: [['evidence.dependencies', { ...dependencies, added: [{ ...dependency, existence: 'missing' }] }]],
    unknownWithout: ['evidence.dependencies', 'evidence.dependencies.existenceKnown'],
  },
  'security.dependencies-age': {
    fails: [['evidence.dependencies', { ...dependencies, added: [{ ...dependency, ageDays: 6 }] }]],
    unknownWithout: ['evidence.dependencies', 'evidence.dependencies.agesKnown'],
  },
  'quality.coverage': { fails: [['evidence.coverage', coverage]], unknownWithout: ['evidence.coverage'] },
  'quality.enhanced-tests': { fails: [['evidence.coverage', coverage]], unknownWithout: ['evidence.coverage'] },
  'quality.tests': {
    fails: [
      ['evidence.tests', { ...tests, failed: 1 }],
      ['evidence.tests', { ...tests, errors: 1 }],
      ['evidence.tests', { total: 0, passed: 0, failed: 0, errors: 0, skipped: 0 }],
    ],
    unknownWithout: ['evidence.tests'],
  },
  'quality.complexity': {
    fails: [
      ['change.complexity.level', 'advanced'],
      ['change.complexity.decisionsAdded', 401],
    ],
    unknownWithout: ['change.complexity.decisionsAdded'],
  },
  'quality.documentation': { fails: [['change.touchesDocumentation', false]], unknownWithout: [] },
  'compliance.human-approval': {
    fails: [
      ['review.approvals', []],
      ['review.approvals', [approval('p1')]],
      ['review.approvals', [approval('p4', { by: { id: 'p4', kind: 'agent' } })]],
      ['review.approvals', [approval('p4', { by: { id: 'p4', kind: 'automation' } })]],
      ['review.approvals', [approval('p4', { onHead: false })]],
      ['review.approvals', [approval('p4', { state: 'dismissed' })]],
      ['change.prompters', ['p2', 'p3']],
      ['change.authors', ['p1', 'p2', 'p3']],
    ],
    unknownWithout: ['review.approvals', 'change.authors', 'change.prompters'],
  },
  'compliance.second-approval': {
    fails: [['review.approvals', [approval('p2')]]],
    unknownWithout: ['review.approvals', 'change.authors', 'change.prompters'],
  },
  'compliance.no-self-approval': {
    fails: [['review.approvals', [approval('p1')]]],
    unknownWithout: ['review.approvals'],
  },
  'compliance.changes-requested': {
    fails: [['review.approvals', [approval('p2'), approval('p3', { state: 'changes_requested' })]]],
    unknownWithout: ['review.approvals'],
  },
  'compliance.senior-review': {
    fails: [['review.roles', [{ id: 'p2', role: 'legal' }]]],
    unknownWithout: ['review.approvals', 'change.authors'],
  },
  'compliance.security-review': {
    fails: [['review.roles', [{ id: 'p2', role: 'legal' }]]],
    unknownWithout: ['review.approvals', 'change.authors'],
  },
  'compliance.legal-consultation': {
    fails: [
      [
        'review.roles',
        [
          { id: 'p2', role: 'security' },
          { id: 'p9', role: 'legal' },
        ],
      ],
    ],
    unknownWithout: ['review.approvals', 'change.authors'],
  },
  'compliance.audit-trail': {
    fails: [
      ['evidence.interactions', { ...interactions, complete: false }],
      ['evidence.interactions', { ...interactions, sessions: 0 }],
    ],
    unknownWithout: ['evidence.interactions'],
  },
  'compliance.signed-commits': {
    fails: [
      ['change.signatures', { commits: 2, signed: 1, verified: 1 }],
      ['change.signatures', { commits: 1, signed: 1, verified: 0 }],
    ],
    unknownWithout: ['change.signatures.verified'],
  },
  'compliance.ticket': { fails: [['change.tickets', []]], unknownWithout: ['change.tickets'] },
  'charter.accountable-human': { fails: [['change.accountable', []]], unknownWithout: [] },
  'charter.no-automatic-delivery': {
    fails: [['review.approvals', []]],
    unknownWithout: ['review.approvals', 'change.authors', 'change.prompters'],
  },
  'charter.no-sensitive-data-in-prompts': {
    fails: [
      ['evidence.interactions', { ...interactions, sensitivePassed: 1 }],
      ['evidence.interactions', { ...interactions, unscanned: 1 }],
    ],
    unknownWithout: ['evidence.interactions'],
  },
  'charter.no-bypass': {
    fails: [
      ['merge.adminOverride', true],
      ['merge.directPush', true],
      ['protection', { enabled: false, requiredApprovals: 0, forcePushBlocked: true }],
      ['protection', { enabled: true, requiredApprovals: 0, forcePushBlocked: false }],
    ],
    unknownWithout: ['merge.adminOverride', 'merge.directPush', 'protection'],
  },
  'charter.no-untracked-use': {
    fails: [
      ['evidence.interactions', { ...interactions, sessions: 0 }],
      ['evidence.interactions', { ...interactions, unapprovedTools: ['Mystery'] }],
      ['ai.contradictions', ['line records name AI where the commit does not']],
    ],
    unknownWithout: ['evidence.interactions'],
  },
}

const ids = builtInPacks().flatMap((pack) => pack.rules.map((one) => one.id))

test('there is a case for every built-in rule', () => {
  expect(Object.keys(cases).sort()).toEqual([...ids].sort())
})

test('every rule applies to the good change, and passes', async () => {
  const verdict = await ask(goodFacts)
  expect(
    verdict.rules.filter((one) => one.status !== 'pass').map((one) => `${one.id} ${one.status} ${one.message}`),
  ).toEqual([])
  expect(verdict).toMatchObject({ result: 'pass', decision: 'allow', errors: [] })
})

test.each(Object.entries(cases).flatMap(([id, { fails }]) => fails.map(([path, value]) => [id, path, value] as const)))(
  '%s fails when %s is %j',
  async (id, path, value) => {
    const verdict = await ask(withFact(goodFacts, path, value))
    const result = rule(verdict, id)
    expect(result.status).toBe('fail')
    expect(result.message).not.toBe('')
    const isEnforced = result.mode === 'enforce'
    expect(verdict.result).toBe(isEnforced ? 'fail' : 'pass')
    expect(verdict.decision).toBe(isEnforced ? 'deny' : 'allow')
  },
)

test.each(
  Object.entries(cases).flatMap(([id, { unknownWithout }]) => unknownWithout.map((path) => [id, path] as const)),
)('%s is unknown without %s, and denies where it is enforced', async (id, path) => {
  const verdict = await ask(withFact(goodFacts, path, undefined))
  const result = rule(verdict, id)
  expect(result.status).toBe('unknown')
  expect(result.unknown.map((one) => one.path)).toContain(path)
  const isEnforced = result.mode === 'enforce'
  expect([verdict.result, verdict.decision]).toEqual(isEnforced ? ['unknown', 'deny'] : ['pass', 'allow'])
})

test('a rule never passes without an input that it rests on: taking away what it read changes its answer', async () => {
  const whole = await ask(goodFacts)
  const unknowable = Object.values(cases).flatMap((one) => one.unknownWithout)
  for (const path of new Set(unknowable)) {
    const without = await ask(withFact(goodFacts, path, undefined))
    for (const id of ids.filter((one) => cases[one]?.unknownWithout.includes(path) === true)) {
      expect([id, rule(whole, id).status, rule(without, id).status]).toEqual([id, 'pass', 'unknown'])
    }
  }
})

test('a role that is not known leaves open what it would decide, and one that is known decides', async () => {
  const open = withFact(
    withFact(goodFacts, 'review.roles', [{ id: 'p3', role: 'legal' }]),
    'review.rolesKnown',
    undefined,
  )
  const verdict = await ask(open)
  expect(rule(verdict, 'compliance.security-review').status).toBe('unknown')
  expect(rule(verdict, 'compliance.legal-consultation').status).toBe('pass')
})

test('whether AI took part is not known: rules that it decides hold back, but what is met is met', async () => {
  const verdict = await ask(withFact(goodFacts, 'ai.assisted', undefined))
  expect(rule(verdict, 'security.scan-ai').status).toBe('pass')
  const bare = await ask(withFact(withFact(goodFacts, 'ai.assisted', undefined), 'evidence.interactions', undefined))
  expect(rule(bare, 'compliance.audit-trail')).toMatchObject({ status: 'unknown' })
  expect(rule(bare, 'compliance.audit-trail').unknown.map((one) => one.path)).toContain('ai.assisted')
})

test('a change without AI, risk or dependencies asks for less', async () => {
  const changes: [string, unknown][] = [
    ['ai.assisted', false],
    ['risk.level', 'low'],
    ['risk.requiredControls', []],
    ['change.sensitive', []],
    ['change.dependencyFiles', []],
    ['change.authorRoles', ['senior-developer']],
    ['review.approvals', [approval('p2')]],
    ['review.roles', []],
  ]
  const verdict = await ask(changes.reduce((facts, [path, value]) => withFact(facts, path, value), goodFacts))
  expect(verdict).toMatchObject({ result: 'pass', decision: 'allow' })
  const inert = verdict.rules.filter((one) => one.status === 'not_applicable').map((one) => one.id)
  expect(inert).toEqual(
    expect.arrayContaining([
      'security.scan-ai',
      'compliance.second-approval',
      'compliance.security-review',
      'compliance.audit-trail',
      'security.dependencies-exist',
    ]),
  )
})

test('parameters of a repository count, within their bounds', async () => {
  const lower = { params: { quality: { minCoverage: 70, minCoverageHighRisk: 70 } }, modes: {} }
  expect(rule(await ask(withFact(goodFacts, 'evidence.coverage', coverage), lower), 'quality.coverage').status).toBe(
    'pass',
  )
  await expect(ask(goodFacts, { params: { quality: { minCoverage: 101 } }, modes: {} })).rejects.toThrow()
  await expect(ask(goodFacts, { params: { quality: { noSuchParameter: 1 } }, modes: {} })).rejects.toThrow()
})

test('what no exception may set aside cannot be switched off by a repository', async () => {
  for (const mode of ['off', 'audit', 'warn'] as const) {
    await expect(ask(goodFacts, { params: {}, modes: { 'compliance.no-self-approval': mode } })).rejects.toThrow(
      /always enforced/,
    )
  }
})

test('charter clauses CH-5, CH-6 and self-approval allow no exception', () => {
  const never = builtInPacks()
    .flatMap((pack) => pack.rules)
    .filter((one) => one.exception === 'never')
  expect(never.map((one) => one.id).sort()).toEqual([
    'charter.accountable-human',
    'charter.no-automatic-delivery',
    'charter.no-sensitive-data-in-prompts',
    'compliance.no-self-approval',
  ])
})

const forFinding = (ruleId: string, fingerprint: string) => ({
  ...{ id: `exc_${fingerprint}`, rule: ruleId, fingerprint, requester: 'usr_a', approver: 'usr_b' },
  expiresAt: '2099-01-01T00:00:00Z',
  compensatingControls: ['it is behind the gateway'],
})

test.each([
  ['security.findings', 'evidence.sast'],
  ['security.secrets', 'evidence.secrets'],
  ['security.vulnerabilities', 'evidence.sca'],
])('an exception for one finding of %s excepts the rule when all that it counts have one', async (id, path) => {
  const minor = { ...issue('medium'), id: 'f2' }
  const second = { ...issue('critical'), id: 'f3' }
  const one =
    id === 'security.secrets' ? { ...found, findings: [issue('high')] } : { ...found, findings: [issue('high'), minor] }
  const two = { ...one, open: { ...open, critical: 1 }, findings: [second, ...one.findings] }
  const statusOf = async (value: object, ...fingerprints: string[]) => {
    const exceptions = fingerprints.map((each) => forFinding(id, each))
    return rule(await ask(withFact(goodFacts, path, value), noSettings, exceptions), id).status
  }
  expect(await statusOf(one)).toBe('fail')
  expect(await statusOf(one, 'f1')).toBe('excepted')
  expect(await statusOf(one, 'other')).toBe('fail')
  expect(await statusOf(two, 'f1')).toBe('fail')
  expect(await statusOf(two, 'f1', 'f3')).toBe('excepted')
})

test.each([
  ['security.secrets', 'evidence.secrets'],
  ['security.vulnerabilities', 'evidence.sca'],
])('an exception for one finding does not stand for a scan of %s that did not complete', async (id, path) => {
  const facts = withFact(goodFacts, path, { ...found, ran: false })
  expect(rule(await ask(facts, noSettings, [forFinding(id, 'f1')]), id).status).toBe('fail')
})
