import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json } from '#platform/canonical-json.ts'
import { SearchTokenInvalid } from './errors.ts'
import { type DecisionPoint, evaluateAll, search } from './protocol.ts'
import { Evaluations } from './shapes.ts'

/** Permits whoever has an even number. */
const point: DecisionPoint = {
  evaluate: async ({ subject }) => ({ decision: Number(subject.id) % 2 === 0 }),
  subjects: async () => [],
  resources: async () => [],
  actions: async () => [],
}
const action = { name: 'a' }
const resource = { type: 'r', id: '1' }
const ids = (count: number) => Array.from({ length: count }, (_, i) => String(i).padStart(6, '0'))

function searched(count: number, page: { token?: string; limit?: number } = {}, asked: Json = {}) {
  return search(point, {
    ...{ asked, token: page.token, limit: page.limit },
    candidates: async (after, limit) =>
      ids(count)
        .filter((id) => id > after)
        .slice(0, limit),
    evaluation: (id) => ({ subject: { type: 'user', id }, action, resource }),
  })
}

test('pages together hold each that is permitted once, whatever their size', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 450 }), fc.integer({ min: 1, max: 300 }), async (count, limit) => {
      const found: string[] = []
      for (let token: string | undefined; token !== ''; ) {
        const one = await searched(count, { limit, ...(token === undefined ? {} : { token }) })
        expect(one.ids.length).toBeLessThanOrEqual(limit)
        found.push(...one.ids)
        token = one.nextToken
      }
      expect(found).toEqual(ids(count).filter((id) => Number(id) % 2 === 0))
    }),
    { numRuns: 50 },
  )
})

test('a page looks at so many and no more, and says that there may be others', async () => {
  const nobody: DecisionPoint = { ...point, evaluate: async () => ({ decision: false }) }
  let looked = 0
  const found = await search(nobody, {
    ...{ asked: {}, token: undefined, limit: undefined },
    candidates: async (after, limit) =>
      ids(5000)
        .filter((id) => id > after)
        .slice(0, limit),
    evaluation: (id) => {
      looked++
      return { subject: { type: 'user', id }, action, resource }
    },
  })
  expect([looked, found.ids, found.nextToken === '']).toEqual([1000, [], false])
})

test('a token of any form goes on where it was given, or is refused, never a fault', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.jsonValue(), async (token, asked) => {
      const refused = await searched(3, { token }, asked as Json).catch((error: unknown) => error)
      expect(SearchTokenInvalid.is(refused)).toBe(true)
    }),
  )
})

test('several questions of any form are refused or answered with a decision each, never more than were asked', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.dictionary(fc.constantFrom('subject', 'action', 'resource', 'x'), fc.jsonValue())),
      async (evaluations) => {
        const parsed = Evaluations.safeParse({ subject: { type: 'user', id: '2' }, action, resource, evaluations })
        if (!parsed.success) return
        const answer = await evaluateAll(point, parsed.data)
        const decisions = 'evaluations' in answer ? answer.evaluations : [answer]
        expect(decisions.length).toBe(Math.max(1, evaluations.length))
        for (const { decision } of decisions) expect(typeof decision).toBe('boolean')
      },
    ),
  )
})
