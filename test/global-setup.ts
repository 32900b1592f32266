import { chmod, mkdtemp } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openDataFolder } from '#platform/data-folder.ts'
import { createLog } from '#platform/log.ts'
import { startEmbedded } from '#platform/postgres/embedded.ts'
import { removeFolder } from './folders.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Socket that answers with how to reach the test database, which it starts when first asked. */
    readonly testPostgres: string
  }
}

/** One PostgreSQL for the whole run, started by the first test that needs one. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-tests-'))
  // as root, PostgreSQL runs as another user, who must be able to pass
  await chmod(folder, 0o711)
  const socket = join(folder, 'ask')
  let started: ReturnType<typeof startServer> | undefined
  const door = await listen(socket, async () => {
    started ??= startServer(join(folder, 'data'))
    return (await started).connection
  })
  project.provide('testPostgres', socket)
  return async () => {
    door.close()
    const server = await started?.catch(() => undefined)
    await server?.stop()
    await removeFolder(folder)
  }
}

async function startServer(path: string) {
  const folder = await openDataFolder(path)
  const running = await startEmbedded({
    folder,
    whenUnreachable: 'refuse',
    log: createLog('warn'),
    settings: { max_connections: '200' },
  })
  return {
    connection: running.connection,
    stop: async () => {
      await running.stop()
      await folder.release()
    },
  }
}

async function listen(path: string, answer: () => Promise<object>): Promise<Server> {
  const server = createServer((socket) => {
    answer().then(
      (reply) => socket.end(JSON.stringify(reply)),
      (error) => socket.end(JSON.stringify({ error: String(error) })),
    )
  })
  await new Promise<void>((done) => {
    server.listen(path, done)
  })
  return server
}
