import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { factsSchema, goodFacts, packFrom, samplePack } from '../testing/sample.ts'
import { mutantsOf } from './mutate.ts'
import { mergePatch, readTests } from './read-tests.ts'
import { runTestsHere } from './run-here.ts'

const header = 'apiVersion: countersign.dev/v1\nkind: PolicyTest\n'
/** The sample with a rule that a merge patch can break: one cannot make a member null. */
const pack = samplePack.replace('require: has(change.ticket)', 'require: change.lines > 0')
const run = (tests: string, text = pack) => runTestsHere({ text, tests, factsSchema, example: goodFacts })

const whole = `${header}cases:
  - name: good
    expect: { coverage: pass, ticket: pass }
  - name: at the bound
    patch: { evidence: { coverage: 80.0 } }
    expect: { coverage: pass }
  - name: uncovered and empty
    patch: { evidence: { coverage: 79.9 }, change: { lines: 0 } }
    expect: { coverage: fail, ticket: fail }
    message: { coverage: 'coverage is 79\\.9' }
  - name: risky and clean
    patch: { change: { risk: high } }
    expect: { scan: pass }
  - name: risky and not clean
    patch: { change: { risk: high }, evidence: { scan: { critical: 1 } } }
    expect: { scan: fail }
  - name: scanned long ago
    patch: { change: { risk: high }, evidence: { scan: { at: 2026-11-20T11:00:00Z } } }
    expect: { sample.scan: fail }
  - name: of no risk
    expect: { scan: not_applicable }
  - name: not scanned
    patch: { change: { risk: high }, evidence: { scan: null }, unknown: [{ path: evidence.scan, what: a scan, howToKnow: scan }] }
    expect: { scan: unknown }
`

describe('tests of a pack', () => {
  test('hold when each case does, each rule passes and fails, and no mutant survives', () => {
    expect(run(whole)).toMatchObject({
      ok: true,
      problem: null,
      untested: [],
      mutants: { survived: [], isLimited: false },
    })
  })

  test('name the case, the rule and what it said where one does not hold', () => {
    const report = run(whole.replace('79\\.9', '79\\.8'))
    expect(report.ok).toBe(false)
    expect(report.cases.filter((one) => !one.ok)).toEqual([
      {
        name: 'uncovered and empty',
        ok: false,
        wrong: [
          {
            rule: 'sample.coverage',
            expected: 'a message that matches coverage is 79\\.8',
            got: 'fail',
            message: 'coverage is 79.9%',
          },
        ],
      },
    ])
  })

  test('name the mutant that nothing tells from the rule: what is not tested', () => {
    const untimely = whole
      .replace(/ {2}- name: scanned long ago\n.*\n.*\n/, '')
      .replace('{ critical: 1 }', '{ critical: 1, at: 2026-11-20T11:00:00Z }')
    const { ok, mutants } = run(untimely)
    expect(ok).toBe(false)
    // the only scan that fails is both old and not clean
    expect(mutants.survived).toEqual(['sample.scan require 11: && to ||'])
    const excused = `${untimely}equivalent: [{ mutant: 'sample.scan require 11: && to ||', why: it is said elsewhere }]\n`
    expect(run(excused).ok).toBe(true)
  })

  test('say which rule no case sees pass or fail', () => {
    const report = run(`${header}cases: [{ name: one, expect: { ticket: pass } }]\n`)
    expect(report.untested).toEqual([
      { rule: 'sample.coverage', missing: 'pass' },
      { rule: 'sample.coverage', missing: 'fail' },
      { rule: 'sample.scan', missing: 'pass' },
      { rule: 'sample.scan', missing: 'fail' },
      { rule: 'sample.ticket', missing: 'fail' },
    ])
  })

  test.each([
    ['nothing', '', 'there are no tests'],
    [
      'something else',
      'a: 1',
      'the file of tests is not valid: `apiVersion` Invalid input: expected "countersign.dev/v1"',
    ],
    ['no case', `${header}cases: []\n`, expect.stringContaining('`cases`')],
    [
      'a rule that there is not',
      `${header}cases: [{ name: a, expect: { none: pass } }]\n`,
      'case `a` speaks of `sample.none`, and there is no such rule',
    ],
    [
      'facts that are none',
      `${header}fixture: { a: 1 }\ncases: [{ name: a, expect: { scan: pass } }]\n`,
      expect.stringContaining('the facts of case `a` are wrong'),
    ],
    [
      'an alias',
      `${header}cases: [&a { name: a, expect: { scan: pass } }, *a]\n`,
      expect.stringContaining('not valid'),
    ],
  ])('of %s are refused with the reason', (_, tests, problem) => {
    expect(run(tests)).toMatchObject({ ok: false, problem })
  })

  test('of any text are refused or taken, never a fault', () => {
    const pack = packFrom(samplePack)
    const pieces = whole.split(/(?<=\s)/)
    fc.assert(
      fc.property(fc.shuffledSubarray(pieces, { minLength: 1 }), (parts) => {
        expect(() => readTests(parts.join(''), pack, goodFacts)).not.toThrow()
      }),
      { numRuns: 50 },
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(() => readTests(text, pack, goodFacts)).not.toThrow()
      }),
      { numRuns: 100 },
    )
  })
})

test('mutants turn each comparison and conjunct round once, and leave texts alone', () => {
  const pack = packFrom(
    samplePack.replace('require: has(change.ticket)', `require: "change.head != 'a && b <= c' && change.lines <= 3"`),
  )
  const names = [...mutantsOf(pack)].filter((one) => one.rule === 'sample.ticket').map((one) => one.name)
  expect(names).toEqual([
    'sample.ticket require 12: != to ==',
    'sample.ticket require 29: && to ||',
    'sample.ticket require 45: <= to >',
    'sample.ticket require 0: negated',
  ])
})

/** RFC 7396, appendix A. */
test.each([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('a merge patch makes of %j with %j: %j', (target, patch, result) => {
  expect(mergePatch(target, patch)).toEqual(result)
})
