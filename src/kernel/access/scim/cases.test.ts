import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestProduct, type TestProduct } from '#test/harness.ts'
import { type ScimClientOf, scimOf } from '#test/scim.ts'

/** What our server must show: `test/vectors/scim/scim-cases.json`, run as it stands. */
interface Case {
  readonly id: string
  readonly given: { readonly user?: object; readonly users?: readonly string[]; readonly group?: object }
  readonly request: { readonly method: string; readonly path: string; readonly body?: unknown }
  readonly expect: Expect
}

interface Expect {
  readonly status: readonly number[]
  readonly scimType?: string
  readonly after?: Record<string, unknown>
  readonly type?: Record<string, string>
  readonly types?: Record<string, string>
  readonly absent?: readonly string[]
  readonly schemasContain?: string
  readonly invariant?: string
  readonly list?: number
  readonly resources?: number
  readonly totalResults?: string
  readonly startIndex?: number
  readonly contentType?: string
  readonly onlyKeys?: readonly string[]
  readonly body?: Record<string, unknown>
  readonly given?: string
  readonly auth?: string
  readonly then?: { readonly request: Case['request']; readonly status: readonly number[] }
  readonly maxMs?: number
  readonly effects?: readonly string[]
}

const file = join(import.meta.dirname, '../../../../test/vectors/scim/scim-cases.json')
const cases: readonly Case[] = JSON.parse(readFileSync(file, 'utf8')).cases
/** Members of `expect` that are checked below; a new one must be added here. Times are measured by `bench/scim.ts`. */
const checked = [
  'status scimType after type types absent schemasContain invariant list resources totalResults startIndex',
  'contentType onlyKeys body given auth then maxMs effects',
]

let product: TestProduct
let scim: ScimClientOf
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 1_000_000 } })
  scim = await scimOf(product)
})
afterAll(() => product.close())

test('there are 75 cases, and nothing in them goes unread', () => {
  expect(cases).toHaveLength(75)
  const members = new Set(cases.flatMap((one) => Object.keys(one.expect)))
  expect([...members].filter((name) => !checked.join(' ').split(' ').includes(name))).toEqual([])
})

describe('the cases', () => {
  test.each(cases.map((one) => [one.id, one] as const))('%s', async (_, one) => {
    const ids = await given(one)
    if (one.expect.given !== undefined) await deactivate(ids)
    const request = await concrete(one.request, ids)
    const client = one.expect.auth === 'bad' ? scim.withToken('bad') : scim
    const reply = await client.send(request.method, request.path, request.body)
    expect(one.expect.status).toContain(reply.status)
    checkReply(one, reply)
    await checkAfter(one, ids)
    if (one.expect.then !== undefined) {
      const next = await concrete(one.expect.then.request, ids)
      expect(one.expect.then.status).toContain((await scim.send(next.method, next.path)).status)
    }
  })
})

type Ids = Readonly<Record<string, string>>
type Reply = Awaited<ReturnType<ScimClientOf['send']>>

/** Everything gone, then what the case is given. */
async function given(one: Case): Promise<Ids> {
  for (const kind of ['/Groups', '/Users'])
    for (;;) {
      const { Resources } = (await scim.send('GET', `${kind}?count=200&attributes=id`)).body
      if (Resources.length === 0) break
      const gone = Resources.map(async ({ id }: { id: string }) => (await scim.send('DELETE', `${kind}/${id}`)).status)
      expect(new Set(await Promise.all(gone))).toEqual(new Set([204]))
    }
  const ids: Record<string, string> = {}
  // one case counts the active ones
  const other = (name: string) => ({ userName: `${name}@example.com`, active: false })
  for (const name of ['$U1', '$U2', '$U3']) {
    const { id: _, ...user } = (name === '$U1' ? (one.given.user ?? other(name)) : other(name)) as {
      id?: string
    }
    ids[name] = (await scim.send('POST', '/Users', user)).body.id
  }
  const { id: _, ...group } = (one.given.group ?? {}) as { id?: string }
  if (one.given.group !== undefined) ids['$G1'] = (await scim.send('POST', '/Groups', replaceIds(group, ids))).body.id
  return ids
}

async function deactivate(ids: Ids): Promise<void> {
  const body = { Operations: [{ op: 'replace', path: 'active', value: false }] }
  expect((await scim.send('PATCH', `/Users/${ids['$U1']}`, body)).status).toBe(200)
}

async function concrete(request: Case['request'], ids: Ids): Promise<Case['request']> {
  let { path, body } = replaceIds(request, ids) as Case['request']
  path = path.replace('@200 nested parentheses', `${'('.repeat(200)}userName pr${')'.repeat(200)}`)
  const [operation] = ((body ?? {}) as { Operations?: { value: unknown }[] }).Operations ?? []
  if (operation?.value === '@1000 users') {
    const made = await Promise.all(
      Array.from(
        { length: 1000 },
        async (_, i) => (await scim.send('POST', '/Users', { userName: `many-${i}` })).body.id,
      ),
    )
    body = { ...(body as object), Operations: [{ ...operation, value: made.map((value) => ({ value })) }] }
  }
  return { ...request, path, body }
}

function replaceIds(value: unknown, ids: Ids): unknown {
  return JSON.parse(JSON.stringify(value).replace(/\$[UG]\d/g, (name) => ids[name] ?? name))
}

function checkReply(one: Case, { body, headers }: Reply): void {
  const want = one.expect
  if (want.scimType !== undefined) {
    expect(want.scimType.split('|')).toContain(body.scimType)
    expect(body.schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:Error'])
  }
  for (const [name, value] of Object.entries(want.body ?? {})) {
    if (value === '*') expect(body[name]).toMatch(/./)
    else expect(body[name]).toEqual(value)
  }
  if (want.contentType !== undefined) expect(headers['content-type']).toContain(want.contentType)
  if (want.list !== undefined) expect([body.totalResults, body.Resources.length]).toEqual([want.list, want.list])
  if (want.resources !== undefined) expect(body.Resources).toHaveLength(want.resources)
  if (want.totalResults === '>0') expect(body.totalResults).toBeGreaterThan(0)
  if (want.startIndex !== undefined) expect(body.startIndex).toBe(want.startIndex)
  for (const [name, type] of Object.entries(want.types ?? {})) expect(typeof body[name]).toBe(type)
  if (want.onlyKeys !== undefined) expect(Object.keys(body).sort()).toEqual([...want.onlyKeys].sort())
  if (one.request.method !== 'PATCH')
    for (const name of want.absent ?? []) expect([body, ...(body.Resources ?? [])].some((at) => name in at)).toBe(false)
}

async function checkAfter({ request, expect: want }: Case, ids: Ids): Promise<void> {
  if (request.method !== 'PATCH' && want.after === undefined) return
  const path =
    request.method === 'PATCH' ? request.path.replace(/\$[UG]\d/, (name) => ids[name] ?? name) : `/Users/${ids['$U1']}`
  const { body } = await scim.send('GET', path)
  const wanted = replaceIds(want.after ?? {}, ids) as Record<string, unknown>
  expect(body).toMatchObject(wanted)
  for (const [name, type] of Object.entries(want.type ?? {})) expect(typeof body[name]).toBe(type)
  if (request.method === 'PATCH') for (const name of want.absent ?? []) expect(body).not.toHaveProperty(name)
  if (want.schemasContain !== undefined) expect(body.schemas).toContain(want.schemasContain)
  if (want.invariant?.startsWith('exactly one email'))
    expect(body.emails.filter((one: { primary?: boolean }) => one.primary)).toMatchObject([{ value: 'p2@example.com' }])
}
