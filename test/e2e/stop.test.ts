import { once } from 'node:events'
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeModules } from '#server'
import { removeFolder } from '../folders.ts'
import { type TestDatabase, testDatabase } from '../postgres.ts'
import { passableFolder, type RunningServer, startServer } from './command-line.ts'

let folder: string
let database: TestDatabase
beforeAll(async () => {
  folder = await passableFolder()
  database = await testDatabase(describeModules())
})
afterAll(async () => {
  await database.close()
  await removeFolder(folder)
})

test('told to stop, it answers what was asked before, takes nothing new, and ends', async () => {
  const env = { DATABASE_URL: database.url }
  const server = await startServer(['--data', `${folder}/data`], { cwd: folder, env })
  const link = new URL(server.signInUrl).searchParams.get('link') ?? ''
  const keptAlive = new Agent({ keepAlive: true, maxSockets: 1 })
  const body = JSON.stringify({ link })

  // a request that is under way: its headers were taken, half of its body is there
  const slow = post(server, body.length, { agent: new Agent() })
  slow.write(body.slice(0, 10))
  const answered = answerOf(slow)
  // and a connection that waits for its next one
  const idle = post(server, 2, { agent: keptAlive })
  idle.end('{}')
  expect((await answerOf(idle)).status).toBe(400)

  const ended = server.end('SIGTERM')
  await refused(server.url)
  slow.end(body.slice(10))
  const { status, json } = await answered
  expect(status).toBe(201)
  expect(json).toMatchObject({ role: 'owner', token: expect.stringMatching(/^cst_session_/) })
  expect(await ended).toMatchObject({ code: 0 })

  // what was answered was done
  const { rows } = await database.pool.query(`select count(*)::int as n from access_token where kind = 'session'`)
  expect(rows).toEqual([{ n: 1 }])
  keptAlive.destroy()
})

function post(server: RunningServer, length: number, options: { readonly agent: Agent }): ClientRequest {
  const headers = { 'content-type': 'application/json', 'content-length': length }
  return request(`${server.url}/v1/session`, { method: 'POST', headers, ...options })
}

async function answerOf(asked: ClientRequest): Promise<{ status: number; json: unknown }> {
  const [reply] = (await once(asked, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of reply.setEncoding('utf8')) text += chunk
  return { status: reply.statusCode ?? 0, json: JSON.parse(text) }
}

/** Waits until nobody can connect any more. */
async function refused(url: string): Promise<void> {
  while (
    await fetch(`${url}/healthz`).then(
      () => true,
      () => false,
    )
  );
}
