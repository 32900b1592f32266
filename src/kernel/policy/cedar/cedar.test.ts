import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '#platform/log.ts'
import { createPolicyEngine } from '../engine/engine.ts'
import type { Question } from '../model.ts'
import { createPolicySet, type PolicySet } from '../policy-set.ts'
import { ask, cedarSchema, cedarText, packFrom, policiesFrom, rulePack } from '../testing/sample.ts'
import { guarded } from './authorize.ts'
import { compileCedarHere } from './compile.ts'
import { compileCedar } from './compile-apart.ts'
import { whyTooDeep } from './lex.ts'

/** In this thread: none of these texts reaches what breaks the parser. */
function said(text: string, schema = cedarSchema): string[] {
  const { policies, diagnostics } = compileCedarHere({ text, source: 'a.cedar', schema })
  expect(policies === undefined).toBe(diagnostics.some((one) => one.severity === 'error'))
  return diagnostics.map((one) => `${one.severity} ${one.line}:${one.column} ${one.message}`)
}

const permit = '@id("a")\n@title("A")\npermit (principal, action == Action::"merge", resource)'

describe('policies', () => {
  test('that are right have their annotations and actions', async () => {
    const { policies, diagnostics } = await compileCedar(cedarText, { source: 'a.cedar', schema: cedarSchema })
    expect(diagnostics).toEqual([])
    expect(policies?.policies.map(({ id, effect, severity, actions }) => ({ id, effect, severity, actions }))).toEqual([
      { id: 'merge.base', effect: 'permit', severity: null, actions: ['Action::"merge"'] },
      { id: 'merge.gate', effect: 'forbid', severity: 'high', actions: ['Action::"merge"'] },
    ])
  })

  test.each([
    [
      'a permit without @id',
      '\npermit (principal, action, resource);',
      ['error 2:1 this permit lacks @id', 'error 2:1 this permit lacks @title'],
    ],
    [
      'a forbid without a reason',
      '@id("a") @title("A")\nforbid (principal, action, resource);',
      ['error 1:1 this forbid lacks @reason', 'error 1:1 this forbid lacks @severity'],
    ],
    [
      'an @id twice',
      `${permit};\n${permit} when { context.gate.result == "pass" };`,
      ['error 4:1 there are two policies `a`'],
    ],
    [
      'an attribute that there is not',
      `${permit}\nwhen { context.gate.results == "a" };`,
      [expect.stringMatching(/^error 4:8 .*`gate.results`/)],
    ],
    // Cedar counts the two bytes of é
    [
      'a place after é',
      `${permit}\nwhen { "é" == context.gate.result && context.gate.size == "a" };`,
      [expect.stringMatching(/^error 4:38 .*`gate.size`/)],
    ],
    // trap 3: Cedar 4.13 only warns of these
    [
      'a policy that can never hold',
      `${permit} when { false };`,
      [expect.stringMatching(/^error 1:1 .*policy is impossible/)],
    ],
    [
      'an action that the principal never has',
      '@id("a")\n@title("A")\npermit (principal is Change, action == Action::"merge", resource);',
      [expect.stringContaining('unable to find an applicable action'), expect.stringContaining('policy is impossible')],
    ],
    ['what is not Cedar', `${permit} when { a b };`, [expect.stringMatching(/^error 3:66 .*unexpected token `b`/)]],
    [
      'a template',
      '@id("a")\n@title("A")\npermit (principal == ?principal, action, resource);',
      ['error 1:1 a template is not taken here: write the policy out'],
    ],
    [
      'a placeholder that leads nowhere',
      '@id("a") @title("A") @severity("low") @reason("{{user.name}} {{context.a|money}}")\nforbid (principal, action, resource);',
      ['error 1:1 @reason: `{{user.name}}` begins with none of principal, action, resource, context'],
    ],
    ['nothing in it', '// nothing', ['error 1:1 there is no policy']],
  ])('with %s say where', (_, text, expected) => {
    expect(said(text)).toEqual(expected)
  })

  test('against a schema that is wrong say so', () => {
    expect(said(cedarText, 'entity A; entity')).toEqual([expect.stringContaining('error 1:17')])
  })

  // trap 2: half a kilobyte of nesting kills the parser for every later call
  test.each(['(', '['])('nested 200 deep in %s never reach the parser, and the next ones compile', async (open) => {
    const close = open === '(' ? ')' : ']'
    const text = `${permit} when { ${open.repeat(200)}1${close.repeat(200)} == 1 };`
    const options = { source: 'a.cedar', schema: cedarSchema }
    expect((await compileCedar(text, options)).diagnostics[0]?.message).toBe(
      'the policies cannot be read: it is nested deeper than 32',
    )
    expect((await compileCedar(cedarText, options)).diagnostics).toEqual([])
  })

  test('that break an instance break it for every later call, so its thread has to end', async () => {
    const hostile = `permit(principal, action, resource) when { ${'('.repeat(200)}1${')'.repeat(200)} == 1 };`
    const code = `import('@cedar-policy/cedar-wasm/nodejs').then(({ checkParsePolicySet }) => {
      const names = [${JSON.stringify(hostile)}, 'permit(principal, action, resource);'].map((staticPolicies) => {
        try { return checkParsePolicySet({ staticPolicies }).type } catch (error) { return error.name }
      })
      require('node:worker_threads').parentPort.postMessage(names)
    })`
    const worker = new Worker(code, { eval: true })
    expect(await once(worker, 'message')).toEqual([['RuntimeError', 'RuntimeError']])
    await worker.terminate()
    const trap = Object.assign(new Error('memory access out of bounds'), { name: 'RuntimeError' })
    const call = (error: unknown) => () =>
      guarded(() => {
        throw error
      })
    expect(call(trap)).toThrow('the Cedar instance is broken')
    expect(call(new RangeError('stack'))).toThrow('the Cedar instance is broken')
    expect(call('text')()).toEqual(new Error('text'))
  })

  test('nesting is counted whatever stands around it', () => {
    expect(whyTooDeep(')'.repeat(500) + '('.repeat(33))).toBe('it is nested deeper than 32')
    expect(whyTooDeep(`"${'('.repeat(500)}"`)).toBeUndefined()
    expect(whyTooDeep(`// ${'('.repeat(500)}`)).toBeUndefined()
    expect(whyTooDeep(`// "\n${'('.repeat(33)}`)).toBe('it is nested deeper than 32')
    expect(whyTooDeep('a'.repeat(65_537))).toBe('it is larger than 64 KB')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(() => whyTooDeep(text)).not.toThrow()
      }),
    )
  })
})

describe('a request', () => {
  const schema = `entity User { active: Bool };
entity Agent { owner: User };
entity Doc;
action "read" appliesTo { principal: [User, Agent], resource: [Doc], context: {
  n: Long, at?: { inner?: String }, gate: { result: String, failed: Set<String>, unknown: Set<String> } } };`
  const text = `@id("base") @title("Base") permit (principal, action, resource);
@id("owner-active") @title("Owner") @severity("high") @reason("The owner of {{principal.id}} is gone, {{resource}} at {{context.n|bps}}{{context.no}}.")
forbid (principal is Agent, action, resource) unless { principal.owner.active };
@id("overflow") @title("Sum") @severity("low") @reason("Too much.")
forbid (principal, action, resource) when { context.n + 9223372036854775807 < 0 };`
  const engine = createPolicyEngine({ workers: 1, timeoutMs: 5000, log: silentLog })
  let set: PolicySet
  beforeAll(async () => {
    set = createPolicySet({
      packs: [packFrom(rulePack)],
      cedar: { schema, policies: await policiesFrom(text, schema) },
    })
  })
  afterAll(() => engine.close())

  const agent = (active: boolean) => [
    { uid: { type: 'Agent', id: 'bot' }, attrs: { owner: { __entity: { type: 'User', id: 'ada' } } }, parents: [] },
    { uid: { type: 'User', id: 'ada' }, attrs: { active }, parents: [] },
  ]
  const asked = (more: Partial<Question['request']>): Question =>
    ask(undefined, {
      request: {
        principal: { type: 'Agent', id: 'bot' },
        action: 'Action::"read"',
        resource: { type: 'Doc', id: 'd' },
        entities: agent(true),
        context: { n: 0 },
        ...more,
      },
    })
  const authorized = async (more: Partial<Question['request']>) => (await engine.decide(set, asked(more))).authorization

  test('that every policy lets through is allowed, with the policy that does', async () => {
    expect(await authorized({})).toEqual({
      decision: 'allow',
      determining: [{ id: 'base', effect: 'permit', reason: 'Base', severity: null }],
      errors: [],
    })
  })

  test('that a policy forbids is denied with its reason, filled from the request', async () => {
    expect(await authorized({ entities: agent(false), context: { n: -825 } })).toEqual({
      decision: 'deny',
      determining: [
        { id: 'owner-active', effect: 'forbid', reason: 'The owner of bot is gone, d at -8.25%?.', severity: 'high' },
      ],
      errors: [],
    })
  })

  // trap 1: Cedar skips a forbid that it cannot evaluate, and allows
  test('whose forbid cannot be evaluated is denied', async () => {
    const withoutOwner = await authorized({ entities: agent(true).slice(0, 1) })
    expect(withoutOwner).toMatchObject({
      decision: 'deny',
      errors: [expect.stringMatching(/^evaluation_error: owner-active/)],
    })
    const overflow = await authorized({ context: { n: 1 } })
    expect(overflow).toMatchObject({ decision: 'deny', errors: [expect.stringMatching(/^evaluation_error: overflow/)] })
  })

  // traps 4 and 5: what Cedar's JSON cannot take comes as a failure or is thrown
  test.each([
    ['an integer beyond 2^53', { context: { n: 2 ** 60 } }],
    ['a fraction', { context: { n: 1.5 } }],
    ['null', { context: { n: null } }],
    ['a context member too many', { context: { n: 1, more: true } }],
    ['a context member that is missing', { context: {} }],
    ['another kind of principal', { principal: { type: 'Doc', id: 'd' } }],
    ['an action that there is not', { action: 'Action::"write"' }],
    ['an action that is no name', { action: 'read' }],
    ['an entity without an attribute', { entities: [{ uid: { type: 'User', id: 'ada' }, attrs: {}, parents: [] }] }],
    [
      'entities in a circle',
      {
        entities: ['a', 'b'].map((id) => ({
          uid: { type: 'Doc', id },
          attrs: {},
          parents: [{ type: 'Doc', id: id === 'a' ? 'b' : 'a' }],
        })),
      },
    ],
    ['nesting beyond all bounds', { context: { n: 0, at: JSON.parse(`${'{"inner":'.repeat(40)}1${'}'.repeat(40)}`) } }],
  ])('with %s is denied, and the next one is answered', async (_, more) => {
    const denied = await authorized(more)
    expect(denied.decision).toBe('deny')
    expect(denied.errors).toEqual([expect.stringMatching(/^evaluation_error: /)])
    expect((await authorized({})).decision).toBe('allow')
  })

  // trap 6: the caches of the instance evict nothing, so their places are used again
  test('is answered by its own policies, however many sets came before', async () => {
    const text = Array.from(
      { length: 12 },
      (_, i) => `@id("only-${i}") @title("T")
      permit (principal, action, resource) when { context.n == ${i} };`,
    )
    const { policies } = await policiesFrom(text.join('\n'), schema)
    const sets = policies.map((one) =>
      createPolicySet({ packs: [packFrom(rulePack)], cedar: { schema, policies: { schema, policies: [one] } } }),
    )
    for (const [i, one] of [...sets.entries(), ...sets.entries()]) {
      const verdict = await engine.decide(one, asked({ context: { n: i } }))
      expect(verdict.authorization).toMatchObject({ decision: 'allow', determining: [{ id: `only-${i}` }] })
      expect((await engine.decide(one, asked({ context: { n: i + 1 } }))).authorization.decision).toBe('deny')
    }
  })
})
