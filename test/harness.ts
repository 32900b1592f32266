import { execFileSync } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { getConstructionPlans } from 'pg-boss'
import { ensureOwner, issueSignInLink } from '#kernel/access'
import {
  type Actor,
  type AuditRecord,
  type Context,
  decodeBundle,
  type Ledger,
  type Module,
  nodeDisk,
  openCheckpoint,
  openFolderTileStore,
  openLedger,
  openLedgerKeys,
  parseEntry,
} from '#kernel/ledger'
import { createAuthority, createPolicyEngine } from '#kernel/policy'
import { loadConfig } from '#platform/config.ts'
import { type DataFolder, openDataFolder } from '#platform/data-folder.ts'
import { type Db, openDb } from '#platform/database.ts'
import { createMetrics } from '#platform/http/metrics.ts'
import { uuidv7 } from '#platform/ids.ts'
import { createJobs } from '#platform/jobs.ts'
import { createLog } from '#platform/log.ts'
import type { MigratedModule } from '#platform/migrate.ts'
import { createModules, describeModules, type Services } from '#server'
import { createApp } from '../src/server/app.ts'
import type { Database } from '../src/server/modules.ts'
import { removeFolder } from './folders.ts'
import { type TestDatabase, testDatabase } from './postgres.ts'

/** The product as the server runs it, on a database and folders of its own, with a clock that tests move. */
export interface TestProduct {
  readonly app: FastifyInstance
  readonly modules: readonly Module[]
  readonly database: TestDatabase
  readonly db: Db<Database>
  readonly ledger: Ledger
  readonly folder: DataFolder
  readonly services: Services
  /** Moves the clock of the product on by so many milliseconds. */
  pass(ms: number): void
  /** An unused sign-in link of the owner. */
  signInLink(): Promise<string>
  /** Headers of a session of the owner: may do everything. */
  asOwner(): Promise<Headers>
  /** Headers of an API token of the owner with these scopes and no more. */
  token(options: { readonly scopes: readonly string[] }): Promise<Headers>
  /** Every record of the ledger, in its order, once all that is durable is published. */
  records(): Promise<AuditRecord[]>
  /** Everything that was logged, at the most talkative level. */
  logged(): string
  close(): Promise<void>
}

export type Headers = Record<'authorization', string>

export interface TestProductOptions {
  /** Settings as a configuration file would give them. */
  readonly config?: Readonly<Record<string, unknown>>
  /** `queue`: jobs can be queued, and nobody takes them up; `run`: this node does. Costs most of a second. */
  readonly jobs?: 'queue' | 'run'
}

/** What a first start of the job queue would create; in the template, so that it is made once a run. */
const jobsSchema: MigratedModule = {
  name: 'jobs',
  migrations: [{ number: 1, name: 'jobs', sql: withoutTransaction(getConstructionPlans('jobs')) }],
}

export async function startTestProduct(options: TestProductOptions = {}): Promise<TestProduct> {
  const database = await testDatabase([...describeModules(), jobsSchema])
  const path = await mkdtemp(join(tmpdir(), 'countersign-product-'))
  const folder = await openDataFolder(path)
  const lines: string[] = []
  const log = createLog('debug', collector(lines))
  const time = { now: Date.parse('2027-03-01T09:00:00Z') }
  const clock = () => time.now
  const ledger = await openLedger({
    pool: database.pool,
    connection: database.connection,
    store: await openFolderTileStore(folder.log, nodeDisk),
    keys: await openLedgerKeys(folder.keys, 'product.test/log'),
    log,
    publishEveryMs: 5,
  })
  ledger.startWriter()
  const services = createServices({ database, ledger, folder, log, clock, config: options.config ?? {} })
  const modules = createModules(services)
  const app = await createApp({
    ...services,
    routes: modules.flatMap((one) => one.routes),
    sealer: ledger.sealer,
    organizationId,
  })
  if (options.jobs === 'run') await services.jobs.start(modules.flatMap((one) => one.jobs))
  if (options.jobs === 'queue') await services.jobs.prepare(modules.flatMap((one) => one.jobs))
  const signInLink = async () => {
    const ctx = services.service('test')
    return issueSignInLink(services.db, ctx, await ensureOwner(services.db, ctx))
  }
  const asOwner = async () => {
    const reply = await app.inject({ method: 'POST', url: '/v1/session', payload: { link: await signInLink() } })
    return bearer(reply.json().token)
  }
  return {
    app,
    modules,
    database,
    db: services.db,
    ledger,
    folder,
    services,
    pass: (ms) => {
      time.now += ms
    },
    signInLink,
    asOwner,
    token: async ({ scopes }) => {
      const payload = { name: 'test', scopes }
      const reply = await app.inject({ method: 'POST', url: '/v1/tokens', headers: await asOwner(), payload })
      return bearer(reply.json().token)
    },
    records: () => readRecords(ledger),
    logged: () => lines.join(''),
    close: async () => {
      await app.close()
      await services.policy.close()
      if (options.jobs !== undefined) await services.jobs.stop(5000)
      await ledger.stop()
      await folder.release()
      await database.close()
      await removeFolder(path)
    },
  }
}

const organizationId = 'org_test'

type Parts = Pick<Services, 'ledger' | 'folder' | 'log' | 'clock'> & {
  readonly database: TestDatabase
  readonly config: Readonly<Record<string, unknown>>
}

function createServices({ database, ledger, folder, log, clock, config }: Parts): Services {
  const db = openDb<Database>(database.pool)
  const policy = createPolicyEngine({ workers: 1, timeoutMs: 5000, log })
  return {
    config: loadConfig({ data: folder.path, ...config }, {}),
    db,
    ledger,
    folder,
    log,
    clock,
    jobs: createJobs(database.connection, log),
    metrics: createMetrics(),
    policy,
    authority: createAuthority({ db, engine: policy, clock, sources: describeModules }),
    service: (name): Context => {
      const actor: Actor = { id: `svc_${name}`, kind: 'service', role: 'service', onBehalfOf: null }
      return {
        clock,
        organizationId,
        correlationId: uuidv7(clock()),
        actor,
        sealer: ledger.sealer,
        sessionId: undefined,
      }
    },
    failed: () => undefined,
    version: '0.0.0-test',
    loopbackIssuers: true,
  }
}

async function readRecords(ledger: Ledger): Promise<AuditRecord[]> {
  const note = await ledger.waitPublished(20_000)
  const { size } = await openCheckpoint(note, [ledger.keys.verifier], ledger.keys.log.name)
  const records: AuditRecord[] = []
  for (let first = 0; first < size; first += 256) {
    const width = Math.min(256, size - first)
    const bundle = decodeBundle(await ledger.store.readEntries(first / 256, width), width)
    records.push(...bundle.map((bytes) => parseEntry(bytes).p))
  }
  return records
}

/** A small git repository with one commit for each message, on branch `main`. */
export async function testRepository(messages: readonly string[] = ['Begin']): Promise<TestRepository> {
  const path = await mkdtemp(join(tmpdir(), 'countersign-repository-'))
  const git = (...args: readonly string[]) => execFileSync('git', ['-C', path, ...args], { env: gitEnvironment })
  git('init', '--quiet', '--initial-branch=main')
  const commit = async (message: string) => {
    await writeFile(join(path, 'file.txt'), `${message.split('\n')[0]}\n`, { flag: 'a' })
    git('add', '.')
    git('commit', '--quiet', '--message', message)
  }
  for (const message of messages) await commit(message)
  return { path, commit, remove: () => removeFolder(path) }
}

export interface TestRepository {
  readonly path: string
  commit(message: string): Promise<void>
  remove(): Promise<void>
}

/** Nothing of the machine's own git configuration. */
const gitEnvironment = {
  PATH: process.env['PATH'],
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
}

function collector(lines: string[]): Writable {
  return new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk))
      done()
    },
  })
}

function bearer(token: unknown): Headers {
  if (typeof token !== 'string') throw new Error('the product gave no token')
  return { authorization: `Bearer ${token}` }
}

/** A migration runs in the transaction of the one who migrates. */
function withoutTransaction(sql: string): string {
  return sql.replace(/^\s*BEGIN;/, '').replace(/COMMIT;\s*$/, '')
}
