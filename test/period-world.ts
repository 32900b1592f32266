import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LightMyRequestResponse } from 'fastify'
import { expect, vi } from 'vitest'
import { type ScriptedRepository, scriptRepository } from '../src/domains/changes/testing/scripted-repository.ts'
import { removeFolder } from './folders.ts'
import { startTestProduct, type TestProduct } from './harness.ts'

const at = (moment: string) => Date.parse(moment) / 1000
const claude = '\n\nCo-authored-by: Claude <noreply@anthropic.com>'

/** Two of the four changes of `main` were merged in January: `second`, and `merge`, which brought `topic`. */
const script = [
  { name: 'first', at: at('2025-12-31T23:59:59Z'), message: 'First', files: { 'a.ts': 'one\n' } },
  {
    name: 'second',
    at: at('2026-01-01T00:00:00Z'),
    message: `Second${claude}`,
    parents: ['first'],
    files: { 'b.ts': 'one\ntwo\n' },
  },
  {
    name: 'topic',
    at: at('2026-01-15T00:00:00Z'),
    message: 'Topic',
    parents: ['second'],
    files: { 'c.ts': 'one\ntwo\nthree\n' },
  },
  {
    name: 'merge',
    at: at('2026-01-31T23:59:59Z'),
    message: 'Merge topic',
    parents: ['second', 'topic'],
    files: { 'c.ts': 'one\ntwo\nthree\n' },
  },
  {
    name: 'last',
    at: at('2026-02-01T00:00:00Z'),
    message: 'Last',
    parents: ['merge'],
    files: { 'd.ts': 'one\n' },
  },
]

/** The whole of January, in which two of the changes were merged. */
export const january = { from: '2026-01-01', to: '2026-02-01' }

/** A product that governs two repositories, of which one has a history over the turn of two months. */
export interface PeriodWorld {
  readonly product: TestProduct
  readonly repository: ScriptedRepository
  readonly repositoryId: string
  /** Ids of its changes by the names of the script. */
  readonly changes: Readonly<Record<string, string>>
  /** For files; removed in the end. */
  readonly folder: string
  send(method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object): Promise<LightMyRequestResponse>
  /** Asks for a pack and waits until it is made. */
  make(request: object): Promise<string>
  download(packId: string): Promise<Buffer>
  close(): Promise<void>
}

export async function startPeriodWorld(): Promise<PeriodWorld> {
  const repository = scriptRepository(script)
  const other = scriptRepository([{ name: 'only', message: 'Elsewhere', at: at('2026-01-10T00:00:00Z') }])
  const folder = await mkdtemp(join(tmpdir(), 'countersign-period-'))
  const product = await startTestProduct({ jobs: 'run', config: { requestsPerMinute: 1_000_000 } })
  const headers = await product.asOwner()
  const send: PeriodWorld['send'] = (method, url, payload) =>
    product.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
  const repositoryId: string = (await send('POST', '/v1/repositories', { path: repository.path })).json().id
  const elsewhere = (await send('POST', '/v1/repositories', { path: other.path })).json().id
  for (const one of [repositoryId, elsewhere])
    await until(async () => (await send('GET', `/v1/repositories/${one}/report.json`)).statusCode === 200)
  const { items } = (await send('GET', `/v1/changes?repositoryId=${repositoryId}`)).json()
  const titled = items.map(({ id, title }: { id: string; title: string }) => {
    const one = script.find(({ message }) => message.split('\n')[0] === title)
    return [one?.name ?? '', id] as const
  })
  const changes: Record<string, string> = Object.fromEntries(titled)
  expect(Object.keys(changes).sort()).toEqual(['first', 'last', 'merge', 'second'])
  // about a commit of the merge, about one outside of January, about one inside
  for (const name of ['topic', 'first', 'second']) {
    const reply = await product.app.inject({
      method: 'POST',
      url: `/v1/evidence?repositoryId=${repositoryId}&commit=${repository.oid(name)}&name=lcov.info`,
      headers: { ...headers, 'content-type': 'application/octet-stream' },
      payload: Buffer.from(lcov(name)),
    })
    expect(reply.statusCode).toBe(201)
  }
  await settled(product)
  return {
    product,
    repository,
    repositoryId,
    changes,
    folder,
    send,
    make: async (request) => {
      const reply = await send('POST', '/v1/packs', { repositoryId, ...request })
      expect(reply.statusCode).toBe(202)
      const packId: string = reply.json().id
      await until(async () => {
        const { state, problem } = (await send('GET', `/v1/packs/${packId}`)).json()
        if (state === 'failed') throw new Error(problem)
        return state === 'made'
      })
      return packId
    },
    download: async (packId) => {
      // a session of its own: reads of one session are recorded by the minute
      const fresh = await product.asOwner()
      const reply = await product.app.inject({ url: `/v1/packs/${packId}/evidence-pack.zip`, headers: fresh })
      expect(reply.statusCode).toBe(200)
      return reply.rawPayload
    },
    close: async () => {
      await product.close()
      repository.remove()
      other.remove()
      await removeFolder(folder)
    },
  }
}

export async function until(holds: () => Promise<boolean>): Promise<void> {
  await vi.waitFor(async () => expect(await holds()).toBe(true), { timeout: 40_000, interval: 100 })
}

export function lcov(name: string): string {
  return `TN:${name}\nSF:c.ts\nDA:1,1\nDA:2,0\nend_of_record\n`
}

/** Until nothing is being read, judged or made. */
async function settled(product: TestProduct): Promise<void> {
  const unfinished = `select count(*)::int as n from jobs.job where state < 'completed' and name <> 'ledger.close-read-windows'
    and name not like '\\_\\_%'`
  await until(async () => (await product.database.pool.query(unfinished)).rows[0].n === 0)
}
