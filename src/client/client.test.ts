import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createClient } from './client.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function answering(status: number, body: string): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'text/html' }).end(body)
  })
  servers.push(server)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a page of a proxy with a 200 is told as one, and is no answer', async () => {
  const client = createClient(await answering(200, '<html>sign in to the network</html>'), undefined)
  await expect(client.get('/v1/decisions')).rejects.toMatchObject({
    code: 'server_refused',
    message: expect.stringContaining('answered 200 without JSON'),
  })
})

test('an answer without content is none', async () => {
  const client = createClient(await answering(204, ''), undefined)
  expect(await client.post('/v1/x', {})).toBeUndefined()
})

test('a refusal that is no JSON is told by its status', async () => {
  const client = createClient(await answering(502, '<html>'), undefined)
  await expect(client.get('/v1/decisions')).rejects.toMatchObject({ code: 'server_refused' })
})
