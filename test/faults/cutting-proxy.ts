import { mkdtemp } from 'node:fs/promises'
import { createConnection, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PoolConfig } from 'pg'
import { removeFolder } from '../folders.ts'

export interface CuttingProxy {
  /** Reaches the database through the proxy. */
  readonly connection: PoolConfig
  /** How many answers were cut off. */
  readonly cuts: () => number
  close(): Promise<void>
}

/**
 * Stands between a client and PostgreSQL. Of the messages that `commits` matches, `which` says whose answer is lost: the
 * statement reaches the server, the socket is cut before anything comes back.
 */
export async function cuttingProxy(
  server: PoolConfig,
  commits: RegExp,
  which: (count: number) => boolean,
): Promise<CuttingProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-proxy-'))
  const state = { commits: 0, cuts: 0 }
  const sockets = new Set<Socket>()
  const door = createServer((client) => {
    const upstream = createConnection(join(String(server.host), `.s.PGSQL.${server.port ?? 5432}`))
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => sockets.delete(socket))
    }
    client.on('data', (bytes) => {
      if (commits.test(bytes.toString('latin1')) && which(state.commits++)) {
        state.cuts++
        // the server gets the whole statement and then learns that nobody listens
        upstream.removeAllListeners('data')
        upstream.end(bytes)
        client.destroy()
        return
      }
      upstream.write(bytes)
    })
    upstream.on('data', (bytes) => client.write(bytes))
    upstream.on('close', () => client.destroy())
    client.on('close', () => upstream.end())
  })
  await new Promise<void>((ready) => door.listen(join(folder, '.s.PGSQL.5432'), ready))
  return {
    connection: { ...server, host: folder, port: 5432 },
    cuts: () => state.cuts,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => door.close(done))
      await removeFolder(folder)
    },
  }
}
