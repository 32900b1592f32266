import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DomainError } from '#platform/errors.ts'
import { startTestProduct, type TestProduct } from '#test/harness.ts'
import { type ScimClientOf, scimOf } from '#test/scim.ts'
import { groupType, userType } from './attributes.ts'
import { parseFilter } from './filter.ts'
import { applyPatch, readOperations } from './patch.ts'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

let product: TestProduct
let scim: ScimClientOf
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 1_000_000 } })
  scim = await scimOf(product)
})
afterAll(() => product.close())

const word = fc.constantFrom(
  ...'userName name.familyName active emails emails.value groups members id meta.created addresses eq ne co sw ew gt le pr and or not ( ) [ ] . true null'.split(
    ' ',
  ),
  `${enterprise}:manager`,
  '"a"',
  '"2027-01-01T00:00:00Z"',
  '"\\u0000"',
  '-1.5',
  'emails[type eq "work"].value',
)
/** Looks like a filter, and mostly is none. */
const filter = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.array(word, { maxLength: 12 }).map((words) => words.join(' ')),
)
/** Is a filter. */
const comparison = fc
  .tuple(
    fc.constantFrom('userName', 'name.familyName', 'emails.value', 'emails', 'externalId', `${enterprise}:department`),
    fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'),
    fc.string({ maxLength: 20 }).filter((text) => !/\0|\p{Surrogate}/u.test(text)),
  )
  .map(([name, operator, text]) => `${name} ${operator} ${JSON.stringify(text)}`)
const realFilter: fc.Arbitrary<string> = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4 },
    comparison,
    tie('filter').map((inner) => `not (${inner})`),
    fc.tuple(tie('filter'), fc.constantFrom('and', 'or'), tie('filter')).map(([a, by, b]) => `(${a}) ${by} (${b})`),
  ),
})).filter

test('a filter of any text is read or refused', () => {
  fc.assert(
    fc.property(filter, (text) => refusedOr(() => parseFilter(userType, text))),
    { numRuns: 2000 },
  )
})

test('a list by any filter answers 200 or 400', async () => {
  await scim.send('POST', '/Users', { userName: 'fuzz', emails: [{ value: 'a' }], [enterprise]: { department: 'x' } })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('/Users', '/Groups'), filter, async (path, text) => {
      const { status } = await scim.send('POST', `${path}/.search`, search(text))
      expect([200, 400]).toContain(status)
    }),
    { numRuns: 150 },
  )
})

test('a list by a real filter and by its opposite shows everybody once', async () => {
  const total = (await scim.send('GET', '/Users?count=0')).body.totalResults
  await fc.assert(
    fc.asyncProperty(realFilter, async (text) => {
      const replies = [
        await scim.send('POST', '/Users/.search', search(text)),
        await scim.send('POST', '/Users/.search', search(`not (${text})`)),
      ]
      expect(replies.map((one) => one.status)).toEqual([200, 200])
      expect(replies.reduce((sum, one) => sum + one.body.totalResults, 0)).toBe(total)
    }),
    { numRuns: 60 },
  )
})

function search(text: string) {
  return { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'], filter: text }
}

const path = fc.oneof(
  fc.constantFrom(
    'userName',
    'ACTIVE',
    'name',
    'name.givenName',
    'emails',
    'emails.value',
    'emails[type eq "work"]',
    'emails[type eq "work"].value',
    'emails[primary eq "True"].value',
    'emails[value pr].primary',
    'addresses[type eq "work"].locality',
    'groups',
    'id',
    'meta',
    'password',
    enterprise,
    `${enterprise}:manager`,
    `${enterprise}:manager.value`,
    `${enterprise}:department`,
    'urn:ietf:params:scim:schemas:core:2.0:User:title',
    '__proto__',
    'constructor.prototype',
  ),
  fc.string({ maxLength: 20 }),
)
const leaf = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 'True', 'maybe', '', 0, 'x', '\0', '\ud800'),
  fc.string({ maxLength: 10 }),
)
const element = fc.dictionary(
  fc.constantFrom('value', 'type', 'primary', 'display', 'nope', '__proto__', 'locality'),
  leaf,
  { maxKeys: 4 },
)
const value = fc.oneof(
  leaf,
  element,
  fc.array(fc.oneof(element, leaf), { maxLength: 3 }),
  fc.dictionary(path, fc.oneof(leaf, element), { maxKeys: 3 }),
)
const operation = fc.record(
  { op: fc.constantFrom('add', 'Replace', 'remove', 'Remove', 'move'), path, value },
  { requiredKeys: ['op'] },
)

test('any PATCH leaves a valid resource or none', () => {
  const start = { userName: 'u', active: true, emails: [{ value: 'a', type: 'work', primary: true }] }
  fc.assert(
    fc.property(fc.array(operation, { minLength: 1, maxLength: 4 }), (operations) => {
      const before = JSON.stringify(start)
      refusedOr(() => checkValid(applyPatch(userType, 'usr_1', start, readOperations({ Operations: operations }))))
      expect(JSON.stringify(start)).toBe(before)
      expect(Object.hasOwn(Object.prototype, 'value')).toBe(false)
    }),
    { numRuns: 5000 },
  )
})

test('nothing that is given where nothing matches leaves no empty list behind', () => {
  const operation = { op: 'add', path: 'addresses[type eq "work"].locality', value: null }
  const after = applyPatch(
    userType,
    'usr_1',
    { userName: 'u', active: true },
    readOperations({ Operations: [operation] }),
  )
  expect(after).toEqual({ userName: 'u', active: true })
})

test('thousands of operations on thousands of members are refused, and as one operation they are done', () => {
  const members = Array.from({ length: 10_000 }, (_, at) => ({ value: `usr_${at}` }))
  const group = { displayName: 'g', members }
  const remove = members.slice(0, 1000).map(({ value }) => ({ op: 'remove', path: `members[value eq "${value}"]` }))
  expect(() => applyPatch(groupType, 'grp_1', group, readOperations({ Operations: remove }))).toThrow(/one operation/)
  const add = Array.from({ length: 1000 }, (_, at) => ({
    op: 'add',
    path: 'members',
    value: { value: `usr_new${at}` },
  }))
  const after = applyPatch(groupType, 'grp_1', group, readOperations({ Operations: add }))
  expect(after['members']).toHaveLength(11_000)
  const named = { op: 'remove', path: 'members', value: members.slice(0, 1000) }
  const less = applyPatch(groupType, 'grp_1', group, readOperations({ Operations: [named] }))
  expect(less['members']).toHaveLength(9000)
})

test('an `op` that is no text, however it is made, is refused', () => {
  for (const op of [{ toString: 1 }, { toString: null, valueOf: null }, [[[['add']]]], 1, null])
    expect(() => readOperations({ Operations: [{ op, path: 'active', value: true }] })).toThrow(DomainError)
})

test('what resources are found by fits into an index, in any script', async () => {
  const long = Array.from({ length: 1500 }, (_, at) => String.fromCodePoint(0x4e00 + ((at * 7919) % 20_000))).join('')
  expect((await scim.send('POST', '/Users', { userName: long })).status).toBe(400)
  expect((await scim.send('POST', '/Users', { userName: 'short', externalId: long })).status).toBe(400)
  expect((await scim.send('POST', '/Groups', { displayName: long })).status).toBe(400)
  expect((await scim.send('POST', '/Users', { userName: long.slice(0, 660) })).status).toBe(201)
})

test('any PATCH by HTTP answers 200, 400 or 409, and what is stored stays readable', async () => {
  const { id } = (await scim.send('POST', '/Users', { userName: 'patched' })).body
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 3 }), async (operations) => {
      expect([200, 400, 409]).toContain((await scim.send('PATCH', `/Users/${id}`, { Operations: operations })).status)
      const { status, body } = await scim.send('GET', `/Users/${id}`)
      expect(status).toBe(200)
      const { schemas: _, id: __, meta: ___, ...resource } = body
      checkValid(resource)
    }),
    { numRuns: 120 },
  )
})

/** As RFC 7643 has it, written without our tables. */
function checkValid(resource: Readonly<Record<string, unknown>>): void {
  expect(typeof resource['userName']).toBe('string')
  expect(resource['userName']).not.toBe('')
  expect(typeof resource['active']).toBe('boolean')
  expect(resource).not.toHaveProperty('password')
  expect(Object.keys(resource)).not.toContain('__proto__')
  for (const name of ['emails', 'addresses']) {
    const list = (resource[name] ?? [{}]) as Record<string, unknown>[]
    expect(list.length).toBeGreaterThan(0)
    expect(list.filter((one) => one['primary'] === true).length).toBeLessThan(2)
    for (const one of list)
      for (const [key, part] of Object.entries(one)) expect(typeof part).toBe(key === 'primary' ? 'boolean' : 'string')
  }
  for (const name of ['name', enterprise]) {
    const part = resource[name]
    if (part !== undefined) expect(Object.keys(part as object).length).toBeGreaterThan(0)
  }
  expect(JSON.stringify(resource)).not.toMatch(/\\u0000|\\ud800/)
}

function refusedOr(work: () => unknown): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof DomainError) || error.status !== 400) throw error
  }
}
