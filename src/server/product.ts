import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { ensureCharter } from '#domains/charter'
import { ensureOwner, issueSignInLink } from '#kernel/access'
import { createAuthority, createPolicyEngine } from '#kernel/policy'
import { type Clock, systemClock } from '#platform/clock.ts'
import type { Config } from '#platform/config.ts'
import { AddressUnusable } from '#platform/http/errors.ts'
import { createMetrics } from '#platform/http/metrics.ts'
import { createJobs } from '#platform/jobs.ts'
import type { Log } from '#platform/log.ts'
import { createApp } from './app.ts'
import { type Core, openCore } from './core.ts'
import { governFirst } from './first-repository.ts'
import { createModules, describeModules, type Services } from './modules.ts'
import { isSecure } from './secure.ts'
import { version } from './version.ts'

export interface StartOptions {
  readonly config: Config
  readonly log: Log
  readonly clock?: Clock
  readonly cwd: string
  readonly dataWasNamed: boolean
  readonly runtimeDir: string | undefined
  /** Tells a person how the start gets on. */
  readonly say: (text: string) => void
  /** Aborted when the start, or the server, is to end. */
  readonly signal: AbortSignal
}

export interface Product {
  readonly url: string
  /** Signs in the first owner, once, within an hour. */
  readonly signInUrl: string
  /** Resolves with the reason when something that cannot be lived without has ended. */
  readonly failed: Promise<string>
  /** Lets running requests and jobs finish, publishes what is durable, stops the database. */
  stop(): Promise<void>
}

/** How long requests, and then jobs, may take to end by themselves once the server is told to stop. */
const drainMs = 10_000

/**
 * Starts everything, serves, and governs the repository that it is pointed at. Resolves when the repository's report and
 * evidence pack are there, or after a minute while a large import goes on.
 */
export async function startProduct(options: StartOptions): Promise<Product> {
  const { config, log, clock = systemClock } = options
  const modules = describeModules()
  const core = await openCore({ ...options, modules })
  const closers: (() => Promise<unknown>)[] = [() => core.stop()]
  const stop = async () => {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close()
  }
  try {
    const services = createServices(core, config, log, clock)
    closers.push(() => services.policy.close())
    const served = createModules(services)
    const app = await createApp({
      routes: served.flatMap((module) => module.routes),
      db: core.db,
      sealer: core.ledger.sealer,
      organizationId: core.organizationId,
      config,
      clock,
      log,
      metrics: services.metrics,
      authority: services.authority,
    })
    closers.push(() => services.jobs.stop(drainMs))
    await ensureCharter(core.db, core.service('charter'))
    await services.jobs.start(served.flatMap((module) => module.jobs))
    await listen(app, config)
    closers.push(() => drain(app))
    const url = config.publicUrl ?? localUrl(config, app.server.address() as AddressInfo)
    log.info({ event: 'server.started', url })
    const owner = await ensureOwner(core.db, core.service('start'))
    await governFirst({ services, path: repositoryPath(options), say: options.say, signal: options.signal })
    const link = await issueSignInLink(core.db, core.service('start'), owner)
    return { url, signInUrl: signInUrl(url, config, link), failed: core.failed, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const listenReasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'it is in use',
  EACCES: 'this user may not',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such address',
}

/** @throws address_unusable */
async function listen(app: FastifyInstance, { host, port }: Config): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? listenReasons[String(error.code)] : undefined
    throw reason === undefined ? error : AddressUnusable({ host, port, reason }, error)
  }
}

/** Takes no new request and lets those under way be answered; whoever does not get on meanwhile is cut off. */
async function drain(app: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), drainMs)
  try {
    await app.close()
  } finally {
    clearTimeout(timer)
  }
}

function createServices(core: Core, config: Config, log: Log, clock: Clock): Services {
  const failure: { reason?: string } = {}
  core.failed
    .then((reason) => {
      failure.reason = reason
    })
    .catch((error: unknown) => log.error({ event: 'database.failed', error }))
  const policy = createPolicyEngine({ log })
  const authority = createAuthority({
    db: core.db,
    engine: policy,
    clock,
    sources: describeModules,
  })
  return {
    config,
    log,
    clock,
    db: core.db,
    ledger: core.ledger,
    folder: core.folder,
    jobs: createJobs(core.connection, log),
    metrics: createMetrics(),
    policy,
    authority,
    service: core.service,
    failed: () => failure.reason,
    version,
  }
}

/** The repository named by `--repo`, else the current folder when it is one. */
function repositoryPath({ config, cwd }: StartOptions): string | undefined {
  if (config.repo !== undefined) return resolve(cwd, config.repo)
  return existsSync(join(cwd, '.git')) ? cwd : undefined
}

/** At the name of this machine where nobody named another: browsers know no passkeys for bare addresses. */
function signInUrl(url: string, config: Config, link: string): string {
  const address = new URL(`${url.replace(/\/$/, '')}/sign-in`)
  if (config.publicUrl === undefined && address.hostname === '127.0.0.1') address.hostname = 'localhost'
  address.searchParams.set('link', link)
  return address.href
}

function localUrl(config: Config, address: AddressInfo): string {
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `${isSecure(config) ? 'https' : 'http'}://${host}:${address.port}`
}
