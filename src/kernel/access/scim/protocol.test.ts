import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestProduct, type TestProduct } from '#test/harness.ts'
import { type ScimClientOf, scimOf } from '#test/scim.ts'

/** What RFC 7643 and 7644 ask beyond the cases. */
let product: TestProduct
let scim: ScimClientOf
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 1_000_000 } })
  scim = await scimOf(product)
})
afterAll(() => product.close())

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
let count = 0

async function user(more: object = {}): Promise<string> {
  const reply = await scim.send('POST', '/Users', { userName: `user-${++count}@example.com`, ...more })
  expect(reply.status).toBe(201)
  return reply.body.id
}

async function found(filter: string): Promise<string[]> {
  const reply = await scim.send('GET', `/Users?filter=${filter}`)
  expect(reply.status).toBe(200)
  return reply.body.Resources.map((one: { id: string }) => one.id)
}

const patch = (path: string, Operations: readonly object[], headers = {}) =>
  scim.send('PATCH', path, { Operations }, headers)

describe('filters', () => {
  let ada: string
  let bob: string
  beforeAll(async () => {
    ada = await user({
      title: 'Chief of "Quotes"',
      name: { familyName: 'Ünal' },
      emails: [
        { value: 'Ada@Work.example', type: 'work', primary: true },
        { value: 'ada@home.example', type: 'home' },
      ],
      [enterprise]: { department: 'Filter Lab', manager: 'boss-1' },
    })
    bob = await user({ nickName: 'Bob', active: false, name: { familyName: 'Vogel' } })
  })

  test.each([
    ['title eq "chief of \\"quotes\\""', 'ada'],
    ['name.familyName eq "ÜNAL"', 'ada'],
    ['emails eq "ada@work.EXAMPLE"', 'ada'],
    ['emails.value ew "home.example"', 'ada'],
    ['emails[type eq "work" and value co "work"]', 'ada'],
    ['emails[type eq "home" and value co "work"]', ''],
    ['emails[type eq "home" and not (primary eq true)].value sw "ada"', 'ada'],
    [`${enterprise}:department eq "filter lab"`, 'ada'],
    [`${enterprise}:manager.value eq "boss-1"`, 'ada'],
    [`${enterprise}:manager eq "boss-1"`, 'ada'],
    [`${enterprise}:manager eq "BOSS-1"`, ''],
    ['urn:ietf:params:scim:schemas:core:2.0:User:nickName eq "bob"', 'bob'],
    ['nickName pr and not (active eq true)', 'bob'],
    ['nickName ne null', 'bob'],
    ['name.familyName gt "unal" and name.familyName le "ünal"', 'ada bob'],
    ['name.familyName ge "vogel" and name.familyName lt "w"', 'bob'],
    ['(title pr or nickName pr) and emails pr', 'ada'],
    ['title eq null and nickName eq "bob"', 'bob'],
    ['nickName eq "bob" and meta.created le "2027-03-01T09:00:00Z"', 'bob'],
    ['nickName eq "bob" and meta.lastModified gt "2027-03-01T08:00:00-01:00"', ''],
    ['not (nickName eq "other") and title sw "chief of"', 'ada'],
    ['title co "%"', ''],
    ['groups.display eq "nobody"', ''],
  ])('%s', async (filter, names) => {
    const ids = { ada, bob } as Record<string, string>
    expect(await found(filter)).toEqual(names === '' ? [] : names.split(' ').map((name) => ids[name]))
  })

  test.each([
    'userName',
    'userName eq',
    'userName eq "a',
    'userName eq "a" or',
    'nope eq "a"',
    'name eq "a"',
    'active co "t"',
    'active eq "maybe"',
    'active gt true',
    'meta.created eq "yesterday"',
    'meta.created co "2027"',
    'userName eq true',
    'userName gt null',
    'userName[value eq "a"]',
    'emails[type eq "work"',
    'emails[type eq "work"].nope eq "a"',
    'emails[userName eq "a"]',
    'addresses eq "a"',
    'userName eq "a" userName eq "b"',
    'userName eq "\\u0000"',
    'userName eq "\\ud800"',
    'userName eq "\\x"',
    `userName eq "${'a'.repeat(1100)}"`,
    Array(70).fill('title pr').join(' or '),
    'title pr or '.repeat(500),
  ])('refuses %s', async (filter) => {
    const reply = await scim.send('GET', `/Users?filter=${filter}`)
    expect([reply.status, reply.body.scimType]).toEqual([400, 'invalidFilter'])
  })

  test('of groups go over members, and of users over groups', async () => {
    const { id } = (await scim.send('POST', '/Groups', { displayName: 'Filtered', members: [{ value: ada }] })).body
    const groups = (await scim.send('GET', `/Groups?filter=members[value eq "${ada}"]`)).body
    expect(groups.Resources.map((one: { id: string }) => one.id)).toEqual([id])
    expect((await scim.send('GET', `/Groups?filter=members.value eq "${bob}"`)).body.totalResults).toBe(0)
    expect(await found(`groups.value eq "${id}"`)).toEqual([ada])
    expect(await found('groups.display eq "filtered" and groups pr')).toEqual([ada])
    expect((await scim.send('GET', `/Users/${ada}`)).body.groups).toMatchObject([
      { value: id, display: 'Filtered', type: 'direct' },
    ])
  })
})

describe('lists', () => {
  test('show everybody once over pages, in the same order, also when people come meanwhile', async () => {
    for (let i = 0; i < 25; i++) await user({ userType: 'paged' })
    const seen: string[] = []
    for (let startIndex = 1; startIndex <= 25; startIndex += 10) {
      const path = `/Users?filter=userType eq "paged"&startIndex=${startIndex}&count=10`
      const { body } = await scim.send('GET', path)
      expect(body.startIndex).toBe(startIndex)
      expect(body.itemsPerPage).toBe(body.Resources.length)
      seen.push(...body.Resources.map((one: { id: string }) => one.id))
      await user({ userType: 'paged' })
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.length).toBeGreaterThanOrEqual(25)
  })

  test('are sorted by texts, names, mail addresses and times, up and down', async () => {
    const made = [
      await user({
        userType: 'sorted',
        title: 'b',
        name: { familyName: 'Z' },
        emails: [{ value: 'm' }, { value: 'a', primary: true }],
      }),
      await user({ userType: 'sorted', title: 'A', name: { familyName: 'x' }, emails: [{ value: 'c' }] }),
      await user({ userType: 'sorted', title: 'C', name: { familyName: 'Y' }, emails: [{ value: 'b' }] }),
    ]
    const by = async (sort: string) =>
      (await scim.send('GET', `/Users?filter=userType eq "sorted"&sortBy=${sort}`)).body.Resources.map(
        (one: { id: string }) => made.indexOf(one.id),
      )
    expect(await by('title')).toEqual([1, 0, 2])
    expect(await by('title&sortOrder=descending')).toEqual([2, 0, 1])
    expect(await by('name.familyName')).toEqual([1, 2, 0])
    expect(await by('emails')).toEqual([0, 2, 1])
    expect(await by('meta.created')).toEqual([0, 1, 2])
    expect((await scim.send('GET', '/Users?sortBy=nope')).body.scimType).toBe('invalidPath')
  })

  test('carry what is asked for', async () => {
    const id = await user({
      userType: 'shaped',
      name: { familyName: 'F', givenName: 'G' },
      emails: [{ value: 'e', type: 'work' }],
      [enterprise]: { department: 'D', division: 'V' },
    })
    const get = async (query: string) => (await scim.send('GET', `/Users/${id}?${query}`)).body
    const schemas = expect.any(Array)
    expect(await get('attributes=name.givenName,emails.value')).toEqual({
      schemas,
      id,
      name: { givenName: 'G' },
      emails: [{ value: 'e' }],
    })
    expect(await get(`attributes=${enterprise}:department`)).toEqual({ schemas, id, [enterprise]: { department: 'D' } })
    expect(await get(`attributes=${enterprise}`)).toEqual({
      schemas,
      id,
      [enterprise]: { department: 'D', division: 'V' },
    })
    const left = await get(`excludedAttributes=name.givenName,emails,meta,id,${enterprise}:division`)
    expect(left).toMatchObject({ id, name: { familyName: 'F' }, [enterprise]: { department: 'D' } })
    expect(left).not.toHaveProperty('emails')
    expect(left).not.toHaveProperty('meta')
    expect(left.name).not.toHaveProperty('givenName')
    expect(left[enterprise]).not.toHaveProperty('division')
    expect(await get('attributes=nope')).toEqual({ schemas, id })
  })

  test('refuse numbers and orders that are none', async () => {
    for (const query of ['startIndex=a', 'count=1.5', 'sortOrder=up'])
      expect((await scim.send('GET', `/Users?${query}`)).status).toBe(400)
  })
})

describe('versions', () => {
  test('are ETags, and a write that names another one is refused', async () => {
    const id = await user()
    const got = await scim.send('GET', `/Users/${id}`)
    expect([got.headers['etag'], got.body.meta.version]).toEqual(['W/"1"', 'W/"1"'])
    const change = [{ op: 'replace', path: 'title', value: 'T' }]
    expect((await patch(`/Users/${id}`, change, { 'if-match': 'W/"7"' })).status).toBe(412)
    expect((await patch(`/Users/${id}`, change, { 'if-match': 'nonsense' })).status).toBe(412)
    const done = await patch(`/Users/${id}`, change, { 'if-match': 'W/"1"' })
    expect([done.status, done.headers['etag']]).toEqual([200, 'W/"2"'])
    expect((await scim.send('DELETE', `/Users/${id}`, undefined, { 'if-match': 'W/"1"' })).status).toBe(412)
    expect((await scim.send('DELETE', `/Users/${id}`, undefined, { 'if-match': '*' })).status).toBe(204)
  })
})

describe('groups', () => {
  test('have names that are unique, members that exist, and keep them over a rename', async () => {
    const [one, other] = [await user(), await user()]
    const made = await scim.send('POST', '/Groups', {
      displayName: 'Unique',
      members: [{ value: one }, { value: one }],
    })
    const { id } = made.body
    expect(made.body.members).toMatchObject([{ value: one, type: 'User' }])
    expect((await scim.send('POST', '/Groups', { displayName: 'UNIQUE' })).body).toMatchObject({
      status: '409',
      scimType: 'uniqueness',
    })
    const second = (await scim.send('POST', '/Groups', { displayName: 'Second' })).body.id
    expect((await patch(`/Groups/${second}`, [{ op: 'replace', value: { displayName: 'unique' } }])).status).toBe(409)
    expect((await patch(`/Groups/${id}`, [{ op: 'replace', path: 'displayName', value: 'Renamed' }])).status).toBe(204)
    expect((await scim.send('GET', `/Groups/${id}`)).body).toMatchObject({
      displayName: 'Renamed',
      members: [{ value: one }],
    })
    const refused = [
      [{ op: 'add', path: 'members', value: [{ value: second, type: 'Group' }] }],
      [{ op: 'add', path: 'members', value: [{ value: second }] }],
      [{ op: 'add', path: 'members', value: [{ display: 'nobody' }] }],
    ]
    for (const operations of refused)
      expect((await patch(`/Groups/${id}`, operations)).body.scimType).toBe('invalidValue')
    const locked = await patch(`/Groups/${id}`, [
      { op: 'replace', path: `members[value eq "${one}"].value`, value: other },
    ])
    expect(locked.body.scimType).toBe('mutability')
    const shaped = await scim.send('PATCH', `/Groups/${id}?attributes=displayName`, {
      Operations: [{ op: 'add', value: { members: [{ value: other }] } }],
    })
    expect([shaped.status, shaped.body.displayName]).toEqual([200, 'Renamed'])
    expect(
      (await scim.send('PUT', `/Groups/${id}`, { displayName: 'Renamed', members: [{ value: other }] })).body.members,
    ).toMatchObject([{ value: other }])
    expect((await scim.send('DELETE', `/Groups/${id}`)).status).toBe(204)
    expect((await scim.send('GET', `/Users/${other}`)).body.groups).toBeUndefined()
  })
})

describe('refusals', () => {
  test.each([
    ['GET', '/Users/none', 404],
    ['PUT', '/Users/none', 404],
    ['PATCH', '/Users/none', 404],
    ['DELETE', '/Users/none', 404],
    ['GET', '/Users/%00', 404],
    ['GET', '/Groups/none', 404],
    ['PUT', '/Groups/none', 404],
    ['PATCH', '/Groups/none', 404],
    ['DELETE', '/Groups/none', 404],
    ['GET', '/Schemas/none', 404],
    ['GET', '/ResourceTypes/none', 404],
    ['POST', '/Bulk', 501],
    ['GET', '/Me', 501],
    ['POST', '/.search', 501],
    ['PATCH', '/Schemas', 405],
    ['DELETE', '/Users', 405],
    ['POST', '/Groups/none', 405],
  ])('%s %s', async (method, path, status) => {
    const bodies: Record<string, object> = {
      PUT: { userName: 'x', displayName: 'x' },
      PATCH: { Operations: [{ op: 'remove', path: 'externalId' }] },
      POST: {},
    }
    const decoded = path.replace('%00', '\0')
    const reply = await scim.send(method, decoded, bodies[method])
    expect([reply.status, reply.body.status]).toEqual([status, String(status)])
    expect(reply.headers['content-type']).toContain('application/scim+json')
  })

  test.each([
    [{ userName: 5e3, title: { a: 1 } }],
    [{ userName: '' }],
    [{ displayName: 'nobody' }],
    [{ userName: 'x', active: 'maybe' }],
    [{ userName: 'x', emails: 5 }],
    [{ userName: 'x\u0000y' }],
    [{ userName: 'x'.repeat(3000) }],
    [{ userName: 'x', emails: Array.from({ length: 101 }, (_, i) => ({ value: `${i}` })) }],
    [{ userName: 'x', photos: Array.from({ length: 60 }, (_, i) => ({ value: `${i}`.padEnd(2000, 'x') })) }],
    [
      {
        userName: 'x',
        emails: [
          { value: 'a', primary: true },
          { value: 'b', primary: true },
        ],
      },
    ],
  ])('of a user %j', async (body) => {
    expect((await scim.send('POST', '/Users', body)).body).toMatchObject({ status: '400', scimType: 'invalidValue' })
  })

  test('of one name among many at once: one gets it', async () => {
    const replies = await Promise.all(
      Array.from({ length: 8 }, (_, i) => scim.send('POST', '/Users', { userName: i % 2 ? 'Wanted' : 'wanted' })),
    )
    expect(replies.map((one) => one.status).sort()).toEqual([201, ...Array(7).fill(409)])
    const other = await user()
    expect((await patch(`/Users/${other}`, [{ op: 'replace', path: 'userName', value: 'WANTED' }])).status).toBe(409)
  })
})

describe('a cookie of a browser', () => {
  test('provisions nothing without the token of our page', async () => {
    const link = await product.signInLink()
    const entered = await product.app.inject({ method: 'POST', url: '/sign-in', payload: { link } })
    const cookie = String(entered.headers['set-cookie']).split(';')[0] ?? ''
    const headers = { cookie, 'sec-fetch-site': 'same-origin' }
    const payload = { userName: 'forged@example.com' }
    const forged = await product.app.inject({ method: 'POST', url: '/scim/v2/Users', headers, payload })
    expect([forged.statusCode, forged.json().status]).toEqual([403, '403'])
    expect(await found('userName eq "forged@example.com"')).toEqual([])
  })
})

describe('discovery', () => {
  test('tells schemas, types and what is offered', async () => {
    const config = (await scim.send('GET', '/ServiceProviderConfig')).body
    expect(config).toMatchObject({ bulk: { supported: false }, patch: { supported: true }, etag: { supported: true } })
    const schemas = (await scim.send('GET', '/Schemas')).body
    expect(schemas.Resources.map((one: { id: string }) => one.id)).toEqual([
      'urn:ietf:params:scim:schemas:core:2.0:User',
      'urn:ietf:params:scim:schemas:core:2.0:Group',
      enterprise,
    ])
    expect(JSON.stringify(schemas)).not.toContain('null')
    expect((await scim.send('GET', `/Schemas/${enterprise}`)).body.name).toBe('EnterpriseUser')
    const types = (await scim.send('GET', '/ResourceTypes')).body
    expect(types.Resources.map((one: { endpoint: string }) => one.endpoint)).toEqual(['/Users', '/Groups'])
    expect((await scim.send('GET', '/ResourceTypes/User')).body.schemaExtensions).toEqual([
      { schema: enterprise, required: false },
    ])
  })
})
