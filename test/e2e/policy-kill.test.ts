import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeFolder } from '../folders.ts'
import { type TestRepository, testRepository } from '../harness.ts'
import { testedPack, testedTests } from '../policy-world.ts'
import { countersign, passableFolder, type RunningServer, startServer } from './command-line.ts'

let folder: string
let repository: TestRepository
let server: RunningServer
let token: string
beforeAll(async () => {
  folder = await passableFolder()
  repository = await testRepository(['Begin', 'Go on'])
  server = await start()
  token = await signIn()
})
afterAll(async () => {
  await server.end('SIGTERM')
  await repository.remove()
  await removeFolder(folder)
})

function start(): Promise<RunningServer> {
  return startServer(['--data', join(folder, 'data')], { cwd: repository.path })
}

async function signIn(): Promise<string> {
  const { out } = await countersign(['sign-in', server.signInUrl], { cwd: folder })
  return out.trim()
}

/** One request, after whose answer the server dies and another takes its place. */
async function andDie(method: string, path: string, body?: object): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) }
  const reply = await fetch(`${server.url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  await server.end('SIGKILL')
  server = await start()
  return reply.status
}

async function get(path: string) {
  const reply = await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } })
  return reply.json() as Promise<
    Record<string, unknown> & { steps: { kind: string; outcome: string; recordId: string }[] }
  >
}

test('a server that dies after each step of a policy has lost none of them, and none is there twice', async () => {
  const pack = { id: 'house', title: 'House rules', category: 'quality', owner: 'team:house' }
  expect(await andDie('POST', '/v1/policy-packs', pack)).toBe(201)
  const versions = '/v1/policy-packs/house/versions'
  expect(await andDie('POST', versions, { text: testedPack(), tests: testedTests })).toBe(201)
  expect(await andDie('POST', `${versions}/1.0.0/check`)).toBe(200)
  expect(await andDie('POST', `${versions}/1.0.0/test`)).toBe(200)
  const shown = await get(`${versions}/1.0.0`)
  expect(shown.steps.map((one) => [one.kind, one.outcome])).toEqual([
    ['tested', 'passed'],
    ['checked', 'passed'],
  ])
  expect(shown).toMatchObject({ state: 'draft', text: testedPack(), tests: testedTests })
  for (const [kind, type] of [
    ['tested', 'policy-version.tested'],
    ['checked', 'policy-version.checked'],
  ] as const) {
    const { items } = (await get(`/v1/ledger/records?type=${type}`)) as unknown as {
      items: { record: { id: string } }[]
    }
    const step = shown.steps.find((one) => one.kind === kind)
    expect(items.map((one) => one.record.id)).toEqual([step?.recordId])
  }
})
