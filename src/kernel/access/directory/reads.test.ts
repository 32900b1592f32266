import { afterAll, beforeAll, expect, test } from 'vitest'
import { issueSignInLink } from '#kernel/access'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'
import { type ScimClientOf, scimOf } from '#test/scim.ts'

let product: TestProduct
let scim: ScimClientOf
let owner: Headers
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 1_000_000 } })
  scim = await scimOf(product)
  owner = await product.asOwner()
})
afterAll(() => product.close())

const get = async (url: string) => {
  const reply = await product.app.inject({ url, headers: owner })
  return { status: reply.statusCode, body: reply.json() }
}

async function provision(userName: string, more: object = {}): Promise<string> {
  product.pass(1000)
  return (await scim.send('POST', '/Users', { userName, ...more })).body.id
}

test('people are listed newest first over pages, with the owner and without clients', async () => {
  const ids = [await provision('one'), await provision('two'), await provision('three')]
  const seen: { id: string; userName: string | null; role: string }[] = []
  for (let cursor = ''; ; ) {
    const { body } = await get(`/v1/people?limit=2${cursor}`)
    seen.push(...body.items)
    if (body.next === null) break
    cursor = `&cursor=${encodeURIComponent(body.next)}`
  }
  expect(seen.map((one) => one.userName)).toEqual(['three', 'two', 'one', null])
  expect(seen.map((one) => one.role)).toEqual(['member', 'member', 'member', 'owner'])
  expect(seen.slice(0, 3).map((one) => one.id)).toEqual([...ids].reverse())
  expect((await get('/v1/people?cursor=nonsense')).body.code).toBe('cursor_invalid')
})

test('people are found by a part of a name or address, by state and by group', async () => {
  const ada = await provision('Ada.L', { displayName: 'Ada Lovelace', emails: [{ value: 'ada@Engine.example' }] })
  const idle = await provision('idle', { active: false })
  const group = (await scim.send('POST', '/Groups', { displayName: 'Searchers', members: [{ value: ada }] })).body.id
  const ids = async (query: string) =>
    (await get(`/v1/people?${query}`)).body.items.map((one: { id: string }) => one.id)
  expect(await ids('q=LOVEL')).toEqual([ada])
  expect(await ids('q=engine')).toEqual([ada])
  expect(await ids('q=%25')).toEqual([])
  expect(await ids('state=inactive')).toEqual([idle])
  expect(await ids(`group=${group}`)).toEqual([ada])
  expect((await get('/v1/groups?q=SEARCH')).body.items).toMatchObject([{ id: group, name: 'Searchers', members: 1 }])
  expect((await get(`/v1/groups/${group}`)).body).toMatchObject({ id: group, members: 1 })
})

test('a person shows what would end with them', async () => {
  const id = await provision('detail', {
    title: 'Engineer',
    externalId: 'x-1',
    emails: [{ value: 'a@example.com' }, { value: 'b@example.com', primary: true }],
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'R&D' },
  })
  const link = await issueSignInLink(product.services.db, product.services.service('test'), id)
  await product.app.inject({ method: 'POST', url: '/v1/session', payload: { link } })
  await issueSignInLink(product.services.db, product.services.service('test'), id)
  expect((await get(`/v1/people/${id}`)).body).toMatchObject({
    userName: 'detail',
    email: 'b@example.com',
    title: 'Engineer',
    department: 'R&D',
    externalId: 'x-1',
    isActive: true,
    groups: [],
    access: { sessions: 1, tokens: 0, links: 1, passkeys: 0 },
    lastSignInAt: new Date(product.services.clock()).toISOString(),
  })
})

test('who was deleted, and who never was, is not found', async () => {
  const id = await provision('deleted')
  await scim.send('DELETE', `/Users/${id}`)
  expect((await get(`/v1/people/${id}`)).body).toMatchObject({ status: 404, code: 'person_not_found' })
  expect((await get('/v1/groups/none')).body).toMatchObject({ status: 404, code: 'group_not_found' })
  expect((await get('/v1/people?q=%00')).status).toBe(400)
})
