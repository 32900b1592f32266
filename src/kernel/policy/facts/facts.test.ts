import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Json } from '#platform/canonical-json.ts'
import { factsSchema, goodFacts, noCoverage, noScan } from '../testing/sample.ts'
import { readShape } from './shape.ts'
import { checkFacts } from './validate.ts'

const shape = readShape(factsSchema)
const { change } = goodFacts

function problem(facts: Json): string | undefined {
  const checked = checkFacts(facts, shape)
  return 'reason' in checked ? `${checked.path}: ${checked.reason}` : undefined
}

describe('facts', () => {
  test('that follow the schema are taken', () => {
    expect(problem(goodFacts)).toBeUndefined()
    expect(problem({ ...goodFacts, change: { ...change, ticket: null } })).toBeUndefined()
    expect(problem({ ...goodFacts, unknown: [noCoverage, noScan], evidence: {} })).toBeUndefined()
  })

  test.each([
    ['a member that is missing', { ...goodFacts, change: {} }, 'change.head: is missing'],
    ['a member too many', { ...goodFacts, more: 1 }, ': has a member that the schema does not name'],
    ['a number for text', { ...goodFacts, change: { ...change, head: 1 } }, 'change.head: is not a string'],
    [
      'a fraction for an integer',
      { ...goodFacts, change: { ...change, lines: 1.5 } },
      'change.lines: is not an integer',
    ],
    [
      'an integer beyond 2^53',
      { ...goodFacts, change: { ...change, lines: 2 ** 53 } },
      'change.lines: is not an integer',
    ],
    ['another word', { ...goodFacts, change: { ...change, risk: 'huge' } }, 'change.risk: is not one of low, high'],
    [
      'an item of another kind',
      { ...goodFacts, change: { ...change, files: [1] } },
      'change.files[]: is not an object',
    ],
    [
      'a day that does not exist',
      { ...goodFacts, now: '2026-02-30T00:00:00Z' },
      'now: is not a time as RFC 3339 writes it',
    ],
    [
      'more items than rules may go through',
      { ...goodFacts, change: { ...change, files: Array.from({ length: 5001 }, () => ({ path: 'a', line: 1 })) } },
      'change.files: does not have 0 to 5000 items',
    ],
  ])('with %s are refused by place', (_, facts, expected) => {
    expect(problem(facts as Json)).toBe(expected)
  })

  test.each([
    [
      'is absent and not listed',
      { ...goodFacts, evidence: { coverage: 1 } },
      'evidence.scan: is absent and not listed in `unknown`',
    ],
    [
      'is listed and there',
      { ...goodFacts, unknown: [noCoverage] },
      'evidence.coverage: is listed as unknown and there',
    ],
    [
      'is listed and always known',
      { ...goodFacts, unknown: [{ ...noCoverage, path: 'change.head' }] },
      'change.head: is listed as unknown and not marked `x-unknowable` in the schema',
    ],
    [
      'is listed under a name that there is not',
      { ...goodFacts, unknown: [{ ...noCoverage, path: 'evidence.covrage' }] },
      'evidence.covrage: is listed as unknown and not in the schema',
    ],
    ['is listed without what it is', { ...goodFacts, unknown: [{ path: 'a' }] }, 'unknown[].what: is missing'],
  ])('of which one %s are refused', (_, facts, expected) => {
    expect(problem(facts as Json)).toBe(expected)
  })

  test('of any form are taken or refused, never a fault', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (facts) => {
        expect(() => checkFacts(facts as Json, shape)).not.toThrow()
      }),
    )
  })
})

describe('a schema of facts', () => {
  test.each([
    ['a keyword that nobody checks', { type: 'object', properties: { a: { type: 'string', contentEncoding: 'x' } } }],
    ['a format that nobody checks', { type: 'object', properties: { a: { type: 'string', format: 'email' } } }],
    ['a reference that leads nowhere', { type: 'object', properties: { a: { $ref: '#/$defs/no' } } }],
    [
      'a required member that may be unknown',
      { type: 'object', required: ['a'], properties: { a: { type: 'string', 'x-unknowable': true } } },
    ],
    [
      'a member that may be unknown or null',
      { type: 'object', properties: { a: { anyOf: [{ type: 'string' }, { type: 'null' }], 'x-unknowable': true } } },
    ],
    [
      'an unknowable member within a list',
      {
        type: 'object',
        properties: {
          a: { type: 'array', items: { type: 'object', properties: { b: { type: 'string', 'x-unknowable': true } } } },
        },
      },
    ],
  ])('with %s is refused', (_, schema) => {
    expect(() => readShape(schema)).toThrow(/cannot be used at `a/)
  })

  test('may speak of itself', () => {
    const Tree = z.object({
      get children() {
        return z.array(Tree)
      },
    })
    const tree = readShape(z.toJSONSchema(z.object({ tree: Tree })))
    expect(checkFacts({ tree: { children: [{ children: [] }] } }, tree)).not.toHaveProperty('reason')
    expect(checkFacts({ tree: { children: [{}] } }, tree)).toEqual({
      path: 'tree.children[].children',
      reason: 'is missing',
    })
  })
})
