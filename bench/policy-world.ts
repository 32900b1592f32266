import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { compileCedar, compilePack, createPolicySet, type PolicySet, type Question } from '#kernel/policy'
import type { Json } from '#platform/canonical-json.ts'

const Facts = z.strictObject({
  now: z.iso.datetime(),
  exceptions: z.array(
    z.strictObject({
      fingerprint: z.string(),
      expiresAt: z.iso.datetime(),
      controls: z.array(z.string()),
      approver: z.string(),
      requester: z.string(),
    }),
  ),
  change: z.strictObject({
    head: z.string(),
    author: z.string(),
    authorRole: z.enum(['junior', 'senior']),
    ai: z.boolean(),
    risk: z.enum(['low', 'medium', 'high', 'critical']),
    coverage: z.number(),
    approvals: z.array(
      z.strictObject({ by: z.string(), kind: z.string(), role: z.string(), state: z.string(), commit: z.string() }),
    ),
    findings: z.array(
      z.strictObject({
        fingerprint: z.string(),
        rule: z.string(),
        path: z.string(),
        severity: z.string(),
        state: z.string(),
      }),
    ),
    scans: z.array(z.strictObject({ kind: z.string(), commit: z.string(), done: z.boolean() })),
    sbom: z.strictObject({
      commit: z.string(),
      components: z.array(z.strictObject({ name: z.string(), licences: z.array(z.string()) })),
    }),
  }),
})

/** A merge gate of the size of a real one: eight rules with three variables, eight Cedar policies. */
export async function benchSet(root: string): Promise<PolicySet> {
  const read = (name: string) => readFileSync(join(root, 'bench', 'policy', name), 'utf8')
  const { pack, diagnostics } = compilePack(read('merge-gate.yaml'), {
    source: 'merge-gate.yaml',
    factsSchema: z.toJSONSchema(Facts),
  })
  const schema = read('gate.cedarschema')
  const compiled = await compileCedar(read('gate.cedar'), { source: 'gate.cedar', schema })
  if (pack === undefined || compiled.policies === undefined)
    throw new Error(JSON.stringify([...diagnostics, ...compiled.diagnostics]))
  return createPolicySet({ packs: [pack], cedar: { schema, policies: compiled.policies } })
}

/** The facts of the `i`th change: 40 components, 12 findings, 4 approvals; every one differs from every other. */
export function benchFacts(i: number, outcome: 'good' | 'bad') {
  const head = i.toString(16).padStart(40, '0')
  const isGood = outcome === 'good'
  return {
    now: '2026-11-25T12:00:00Z',
    exceptions: [
      { fingerprint: 'f0', expiresAt: '2026-12-25T12:00:00Z', controls: ['waf'], approver: 'p3', requester: 'p2' },
    ],
    change: {
      head,
      author: 'p1',
      authorRole: 'junior',
      ai: true,
      risk: 'high',
      coverage: isGood ? 90.5 : 71.3,
      approvals: [
        approval('p1', 'human', 'junior', head),
        approval('a1', 'agent', 'lead', head),
        approval('p2', 'human', 'lead', isGood ? head : '0'.repeat(40)),
        approval('p3', 'human', 'security', isGood ? head : '0'.repeat(40)),
      ],
      findings: Array.from({ length: 12 }, (_, at) => ({
        fingerprint: `f${at}`,
        rule: 'js/sql-injection',
        path: `src/module-${i % 97}/file-${at}.ts`,
        severity: at === 0 || (!isGood && at < 3) ? 'critical' : 'medium',
        state: 'open',
      })),
      scans: ['sast', 'sca', ...(isGood ? ['secrets'] : [])].map((kind) => ({ kind, commit: head, done: true })),
      sbom: {
        commit: head,
        components: Array.from({ length: 40 }, (_, at) => ({
          name: `component-${(i + at) % 500}`,
          licences: at % 3 === 0 ? ['GPL-3.0', 'MIT'] : [!isGood && at === 7 ? 'AGPL-3.0' : 'Apache-2.0'],
        })),
      },
    },
  } satisfies Json
}

function approval(by: string, kind: string, role: string, commit: string) {
  return { by, kind, role, state: 'approved', commit }
}

export function benchQuestion(i: number, outcome: 'good' | 'bad'): Question {
  const uid = (type: string, id: string) => ({ type, id })
  const refer = (type: string, id: string) => ({ __entity: { type, id } })
  const change = uid('Change', `chg_${i}`)
  return {
    gate: 'merge',
    facts: benchFacts(i, outcome),
    exceptions: [],
    request: {
      principal: uid('User', 'p2'),
      action: 'Action::"merge"',
      resource: change,
      entities: [
        { uid: uid('User', 'p2'), attrs: { active: true }, parents: [uid('Team', 't')] },
        { uid: uid('User', 'p1'), attrs: { active: true }, parents: [uid('Team', 't')] },
        { uid: uid('Repository', 'r'), attrs: { team: refer('Team', 't') }, parents: [] },
        { uid: change, attrs: { author: refer('User', 'p1'), ai: true }, parents: [uid('Repository', 'r')] },
      ],
      context: { now: { __extn: { fn: 'datetime', arg: '2026-11-25T12:00:00Z' } }, mode: 'enforce' },
    },
  }
}
