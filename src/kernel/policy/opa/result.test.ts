import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '#platform/canonical-json.ts'
import { type BoundAnswer, rulesOf } from './answer.ts'
import { readResult } from './result.ts'

const violation = { id: 'findings', msg: 'two are open', severity: 'critical' }

describe('a document of OPA', () => {
  test('with allow and violations says both', () => {
    expect(readResult({ allow: false, violations: [violation] })).toEqual({
      isAllowed: false,
      violations: [{ id: 'findings', message: 'two are open', severity: 'critical', isWarning: false }],
    })
    expect(readResult({ allow: true })).toEqual({ isAllowed: true, violations: [] })
  })

  test('with the sets of conftest allows when nothing but warnings is in them', () => {
    expect(readResult({ deny: [], violation: [], warn: ['old'] })).toEqual({
      isAllowed: true,
      violations: [
        { id: expect.stringMatching(/^warn-[0-9a-f]{8}$/), message: 'old', severity: 'high', isWarning: true },
      ],
    })
    expect(readResult({ deny_licence: [{ msg: 'AGPL', details: { at: 1 } }], helper: [1] })).toEqual({
      isAllowed: false,
      violations: [
        { id: expect.stringMatching(/^deny_licence-/), message: 'AGPL', severity: 'high', isWarning: false },
      ],
    })
  })

  test('that tells one id more than once has one rule of it, as grave as the gravest', () => {
    const alike = [
      { id: 'a', msg: 'two', severity: 'low' },
      { id: 'a', msg: 'one', severity: 'medium' },
      { id: 'a', msg: 'three', severity: 'low' },
    ]
    const expected = {
      isAllowed: false,
      violations: [{ id: 'a', message: 'one; three; two', severity: 'medium', isWarning: false }],
    }
    for (const order of [alike, alike.toReversed(), [alike[1], alike[2], alike[0]]] as Json[])
      expect(readResult({ allow: false, violations: order })).toEqual(expected)
  })

  // no answer is never a permission
  test.each<[string, Json]>([
    ['a bare boolean', true],
    ['null', null],
    ['a list', []],
    ['nothing', {}],
    ['violations without allow, which is undefined then', { violations: [] }],
    ['an allow that is a text', { allow: 'true' }],
    ['violations that are an object', { allow: true, violations: {} }],
    ['a violation without msg', { allow: false, violations: [{ id: 'a' }] }],
    ['a violation of another severity', { allow: false, violations: [{ ...violation, severity: 'awful' }] }],
    ['an id with a space', { allow: false, violations: [{ ...violation, id: 'a b' }] }],
    ['a violation named as the whole', { allow: false, violations: [{ ...violation, id: 'allow' }] }],
    ['too many violations', { deny: Array.from({ length: 101 }, (_, i) => `${i}`) }],
    ['a deny that is a boolean', { deny: true }],
  ])('that is %s is no answer', (_, result) => {
    expect(readResult(result)).toEqual({ reason: expect.stringMatching(/./) })
  })

  test('of any form is read or refused, never a fault, and never allowed by accident', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const said = readResult(value as Json)
        if ('isAllowed' in said && said.isAllowed) {
          const { allow, ...sets } = value as Record<string, unknown>
          expect(allow === true || Object.keys(sets).some((one) => /^(deny|violation|warn)/.test(one))).toBe(true)
        }
      }),
    )
  })
})

describe('rules of a bound engine', () => {
  const answer: BoundAnswer = {
    engine: 'corp',
    kind: 'opa-remote',
    mode: 'enforce',
    category: 'security',
    owner: 'author',
    path: 'a/b',
    digest: null,
    revision: null,
    decisionId: null,
    runner: null,
    error: null,
    isAllowed: true,
    violations: [],
  }
  const told = (more: Partial<BoundAnswer>) =>
    rulesOf({ ...answer, ...more }).map(({ id, mode, status }) => `${id} ${mode} ${status}`)

  test('say whether it allows, and each violation', () => {
    const found = { id: 'x', message: 'm', severity: 'low' as const, isWarning: false }
    expect(told({})).toEqual(['opa.corp.allow enforce pass'])
    expect(told({ isAllowed: false })).toEqual(['opa.corp.allow enforce fail'])
    expect(told({ error: 'it is down' })).toEqual(['opa.corp.allow enforce error'])
    expect(told({ isAllowed: false, violations: [found] })).toEqual([
      'opa.corp.allow enforce not_applicable',
      'opa.corp.x enforce fail',
    ])
    expect(told({ isAllowed: true, violations: [found] })).toEqual([
      'opa.corp.allow enforce not_applicable',
      'opa.corp.x enforce fail',
    ])
    expect(told({ violations: [{ ...found, isWarning: true }] })).toEqual([
      'opa.corp.allow enforce pass',
      'opa.corp.x warn fail',
    ])
    expect(told({ mode: 'audit', violations: [{ ...found, isWarning: true }] })).toEqual([
      'opa.corp.allow audit pass',
      'opa.corp.x audit fail',
    ])
  })
})
