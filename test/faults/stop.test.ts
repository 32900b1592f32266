import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeModules } from '#server'
import { passableFolder, startServer } from '../e2e/command-line.ts'
import { removeFolder } from '../folders.ts'
import { type TestDatabase, testDatabase } from '../postgres.ts'

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

test('clients that never end what they began do not keep a server from stopping', async () => {
  const server = await startServer(['--data', `${folder}/data`], { cwd: folder, env: { DATABASE_URL: database.url } })
  const { hostname, port } = new URL(server.url)
  const head = `POST /v1/session HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n`
  const sockets: Socket[] = []
  for (const text of ['', 'POST /v1/ses', head, `${head}\r\n{"link"`]) {
    const socket = connect(Number(port), hostname)
    socket.on('error', () => undefined)
    await new Promise((resolve) => socket.write(text, resolve))
    sockets.push(socket)
  }
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  // half a minute before the limit for a request that never arrives would end it
  const ended = server.end('SIGTERM')
  const late = new Promise((resolve) => setTimeout(resolve, 30_000, 'still there'))
  expect(await Promise.race([ended, late])).toMatchObject({ code: 0 })
  for (const socket of sockets) socket.destroy()
})
