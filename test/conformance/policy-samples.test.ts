import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import {
  compileCedar,
  compilePack,
  createPolicyEngine,
  createPolicySet,
  type Pack,
  type PolicySet,
  type Verdict,
} from '#kernel/policy'
import type { Json } from '#platform/canonical-json.ts'
import { silentLog } from '#platform/log.ts'
import { cedarSchema, policiesFrom } from '../../src/kernel/policy/testing/sample.ts'

/** The samples of `policy-samples` in CONFORMANCE_DATA: a merge gate with its tests, and 48 Cedar policies. */
const folder = join(process.env['CONFORMANCE_DATA'] ?? '', 'policy-samples')
const isThere = process.env['CONFORMANCE_DATA'] !== undefined && existsSync(folder)
if (!isThere) process.stdout.write('NOT RUN: policy samples: CONFORMANCE_DATA has no policy-samples\n')

const Person = z.strictObject({ id: z.string(), kind: z.enum(['human', 'agent']), role: z.string() })
const Facts = z.strictObject({
  now: z.iso.datetime(),
  change: z.strictObject({
    head: z.string(),
    author: Person,
    ai: z.strictObject({ generated: z.boolean() }),
    risk: z.strictObject({ level: z.enum(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL']), score: z.number() }),
    approvals: z.array(z.strictObject({ actor: Person, state: z.enum(['approved', 'dismissed']), commit: z.string() })),
    findings: z.array(
      z.strictObject({
        fingerprint: z.string(),
        ruleId: z.string(),
        location: z.string(),
        severity: z.enum(['critical', 'high']),
        state: z.enum(['open', 'fixed']),
      }),
    ),
    scans: z.array(z.strictObject({ kind: z.string(), commit: z.string(), status: z.enum(['completed', 'failed']) })),
    coverage: z.strictObject({ line: z.number() }).nullish(),
    sbom: z
      .strictObject({
        commit: z.string(),
        components: z.array(z.strictObject({ name: z.string(), licenses: z.array(z.string()) })),
      })
      .nullish(),
  }),
  exceptions: z.array(
    z.strictObject({
      fingerprint: z.string(),
      state: z.enum(['approved', 'open']),
      expiresAt: z.iso.datetime(),
      compensatingControls: z.array(z.string()),
      approver: z.string(),
      requester: z.string(),
    }),
  ),
})

const jun = { id: 'jun', kind: 'human', role: 'junior-developer' }
const head = 'c0ffee1'
/** What the suite calls `good-change`: by a junior, AI-generated, of high risk, with one excepted critical finding. */
const goodChange = {
  change: {
    head,
    author: jun,
    ai: { generated: true },
    risk: { level: 'HIGH', score: 6.4 },
    approvals: [
      { actor: { id: 'lea', kind: 'human', role: 'tech-lead' }, state: 'approved', commit: head },
      { actor: { id: 'sec', kind: 'human', role: 'security' }, state: 'approved', commit: head },
    ],
    findings: [
      { fingerprint: 'f1', ruleId: 'js/sql-injection', location: 'src/a.ts:12', severity: 'critical', state: 'open' },
    ],
    scans: ['sast', 'sca', 'secrets'].map((kind) => ({ kind, commit: head, status: 'completed' })),
    coverage: { line: 91.2 },
    sbom: {
      commit: head,
      components: [
        { name: 'left', licenses: ['MIT'] },
        { name: 'right', licenses: ['GPL-3.0', 'ISC'] },
      ],
    },
  },
  exceptions: [
    {
      fingerprint: 'f1',
      state: 'approved',
      expiresAt: '2026-12-24T00:00:00Z',
      compensatingControls: ['waf'],
      approver: 'sec',
      requester: 'lea',
    },
  ],
}

interface Suite {
  readonly now: string
  readonly cases: readonly {
    readonly name: string
    readonly patch?: Json
    readonly expect: {
      readonly decision: string
      readonly rules?: Readonly<Record<string, string>>
      readonly message?: Readonly<Record<string, string>>
    }
  }[]
}

describe.skipIf(!isThere)('the sample merge gate', () => {
  const read = (path: string) => readFileSync(join(folder, path), 'utf8')
  const suite = (): Suite => parse(read('tests/merge-gate.test.yaml'))
  const engine = createPolicyEngine({ workers: 1, timeoutMs: 5000, log: silentLog })
  let set: PolicySet
  beforeAll(async () => {
    const pack = packOf(read('cel/merge-gate.yaml'))
    set = createPolicySet({ packs: [pack], cedar: { schema: cedarSchema, policies: await policiesFrom() } })
  })
  afterAll(() => engine.close())

  const decide = (facts: Json): Promise<Verdict> =>
    engine.decide(set, {
      gate: 'merge',
      facts,
      exceptions: [],
      request: {
        principal: { type: 'Human', id: 'p1' },
        action: 'Action::"merge"',
        resource: { type: 'Change', id: 'pay!42' },
        entities: [],
        context: { now: { __extn: { fn: 'datetime', arg: suite().now } } },
      },
    })

  test('gives each case of its suite the stated result', async () => {
    const { now, cases } = suite()
    expect(cases.length).toBeGreaterThan(3)
    for (const { name, patch, expect: expected } of cases) {
      const verdict = await decide(merge({ ...goodChange, now: new Date(now).toISOString() }, patch ?? {}))
      const status = Object.fromEntries(
        verdict.rules.map((one) => [one.id.replace('ai-change-merge.', ''), one.status]),
      )
      expect({ name, decision: verdict.decision, rules: status }).toMatchObject({
        name,
        decision: expected.decision,
        rules: expected.rules ?? {},
      })
      for (const [rule, pattern] of Object.entries(expected.message ?? {})) {
        const message = verdict.rules.find((one) => one.id === `ai-change-merge.${rule}`)?.message
        expect(message).toMatch(new RegExp(pattern.replace(/^\/|\/$/g, '')))
      }
    }
  })

  test('says what the study of it said of a bad change', async () => {
    const bot = { id: 'bot', kind: 'agent', role: 'agent' }
    const verdict = await decide(
      merge({ ...goodChange, now: '2026-11-23T18:00:00Z' }, {
        change: {
          approvals: [
            { actor: jun, state: 'approved', commit: head },
            { actor: bot, state: 'approved', commit: head },
            { actor: { id: 'lea', kind: 'human', role: 'tech-lead' }, state: 'approved', commit: '0ld' },
          ],
          scans: ['sast', 'sca'].map((kind) => ({ kind, commit: head, status: 'completed' })),
          coverage: { line: 71.3 },
          sbom: { components: [{ name: 'evil', licenses: ['AGPL-3.0'] }] },
        },
        exceptions: [{ ...goodChange.exceptions[0], expiresAt: '2026-11-01T00:00:00Z' }],
      } as Json),
    )
    expect(verdict.rules.filter((one) => one.status === 'fail').map((one) => one.message)).toEqual([
      'AI-generated change needs 1 human approval(s) by someone other than jun on c0ffee1; it has 0',
      'Author jun is a junior developer; a senior review is mandatory',
      'Risk is HIGH (score 6.4); a security approval is required',
      '1 critical finding(s) without a valid exception: js/sql-injection at src/a.ts:12',
      'missing scans on head: secrets',
      'coverage 71.3% is below 80%',
      'licences outside the allowlist: evil (AGPL-3.0)',
    ])
  })
})

describe.skipIf(!isThere)('the sample Cedar policies', () => {
  test('validate, all 48, without an error or a warning', async () => {
    const cedar = join(folder, 'cedar')
    const text = readdirSync(cedar)
      .filter((name) => name.endsWith('.cedar'))
      .sort()
      .map((name) => readFileSync(join(cedar, name), 'utf8'))
      .join('\n')
    const schema = readFileSync(join(cedar, 'schema.cedarschema'), 'utf8')
    const { policies, diagnostics } = await compileCedar(text, { source: 'samples', schema })
    expect(diagnostics).toEqual([])
    expect(policies?.policies.length).toBe(48)
    expect(policies?.policies.find((one) => one.id === 'deploy.ai-needs-human')).toMatchObject({
      effect: 'forbid',
      severity: 'critical',
      actions: ['Countersign::Action::"deploy"'],
    })
  })
})

function packOf(text: string): Pack {
  const { pack, diagnostics } = compilePack(text, { source: 'merge-gate.yaml', factsSchema: z.toJSONSchema(Facts) })
  expect(diagnostics).toEqual([])
  if (pack === undefined) throw new Error('the sample pack does not compile')
  return pack
}

/** RFC 7396. */
function merge(target: Json, patch: Json): Json {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const isObject = typeof target === 'object' && target !== null && !Array.isArray(target)
  const merged: Record<string, Json> = isObject ? Object.fromEntries(Object.entries(target)) : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name]
    else merged[name] = merge(merged[name] ?? null, value)
  }
  return merged
}
