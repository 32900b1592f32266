import { z } from 'zod'
import { type Context, type Module, route } from '#kernel/ledger'
import { JsonInvalid } from '#platform/canonical-json.ts'
import { ConfigInvalid } from '#platform/config.ts'
import { dataFolderErrors } from '#platform/data-folder.ts'
import { httpErrors, NotReady } from '#platform/http/errors.ts'
import { openApiDocument } from '#platform/http/openapi.ts'
import type { Route } from '#platform/http/route.ts'
import { migrationErrors } from '#platform/migrate.ts'
import { postgresErrors } from '#platform/postgres/errors.ts'
import { SecretMissing } from '#platform/secret-file.ts'
import { figuresOf } from './figures.ts'
import { diskFinding, type Finding, gitFinding, ledgerFindings, policyFinding, runtimeFinding } from './findings.ts'
import type { Services } from './modules.ts'
import { version } from './version.ts'

const Health = z.object({ status: z.enum(['ok']) }).meta({ id: 'Health' })
const Readiness = z
  .object({
    status: z.literal('ready'),
    checks: z.array(z.object({ name: z.string(), status: z.enum(['pass', 'fail']), detail: z.string() })),
  })
  .meta({ id: 'Readiness' })

/** What is true of the process itself: health, readiness, metrics, and the description of its interface. */
export function systemModule(services: Services, modules: () => readonly Module[]): Module {
  return {
    name: 'system',
    migrations: [],
    routes: [...healthRoutes(services), ...describingRoutes(services, modules)],
    events: [],
    errors: [
      ...httpErrors,
      ConfigInvalid,
      JsonInvalid,
      ...dataFolderErrors,
      ...migrationErrors,
      ...postgresErrors,
      SecretMissing,
    ],
    permissions: [
      {
        name: 'health:read',
        about: 'read what runs on the server, what is wrong and what to do',
        roles: ['platform-administrator', 'security'],
      },
      { name: 'metrics:read', about: 'read the metrics of the process', roles: ['platform-administrator', 'service'] },
    ],
    jobs: [],
  }
}

function healthRoutes(services: Services): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/healthz',
      permission: 'public',
      summary: 'answers while the process lives',
      reply: Health,
      handler: async () => ({ status: 'ok' as const }),
    }),
    route({
      method: 'GET',
      path: '/readyz',
      permission: 'public',
      summary: 'answers 200 when the database answers and the ledger can be written, else 503',
      reply: Readiness,
      errors: [NotReady],
      handler: async () => {
        const checks = await readiness(services)
        const failing = checks.filter((one) => one.status === 'fail').map((one) => `${one.name} ${one.detail}`)
        if (failing.length > 0) throw NotReady({ checks: failing })
        return { status: 'ready' as const, checks }
      },
    }),
  ]
}

/** Says which part is not ready; details stay in the log, for this is shown to anyone. */
export async function readiness(services: Services) {
  const ledger = await services.ledger.status().catch(() => undefined)
  const databaseFailed = services.failed() !== undefined || ledger === undefined
  const writer = ledger?.writer.state ?? 'stopped'
  return [
    {
      name: 'database',
      status: databaseFailed ? ('fail' as const) : ('pass' as const),
      detail: databaseFailed ? 'does not answer' : 'answers',
    },
    { name: 'ledger', status: writer === 'halted' ? ('fail' as const) : ('pass' as const), detail: `writer ${writer}` },
  ]
}

const Findings = z
  .object({
    version: z.string(),
    healthy: z.boolean(),
    findings: z.array(
      z.object({
        what: z.string(),
        status: z.enum(['pass', 'fail', 'unknown']),
        detail: z.string(),
        fix: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'Findings' })

/** What `countersign doctor` tells, of the server that is asked, with its jobs. */
async function findings(services: Services): Promise<Finding[]> {
  const { queued, active, failed } = await services.jobs.counts()
  const jobs = `${queued} wait, ${active} run, ${failed} failed for good`
  return [
    runtimeFinding(),
    await gitFinding(),
    await policyFinding(services.policy),
    await diskFinding(services.folder.path),
    ...(await ledgerFindings(services.ledger)),
    failed === 0
      ? { what: 'jobs', status: 'pass', detail: jobs }
      : { what: 'jobs', status: 'fail', detail: jobs, fix: 'look for `jobs.failed` in the log of the server' },
  ]
}

function describingRoutes(services: Services, modules: () => readonly Module[]): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/doctor',
      permission: 'health:read',
      summary: 'tells what runs on this server, what is wrong and what to do',
      reply: Findings,
      handler: async () => {
        const found = await findings(services)
        return { version, healthy: found.every((one) => one.status !== 'fail'), findings: found }
      },
    }),
    route({
      method: 'GET',
      path: '/v1/permissions',
      permission: 'signed-in',
      summary: 'lists the permissions there are, for whoever makes a token',
      reply: z.object({
        items: z.array(z.object({ name: z.string(), about: z.string() }).meta({ id: 'Permission' })),
        next: z.string().nullable(),
      }),
      handler: async () => ({
        items: modules().flatMap((one) => one.permissions.map(({ name, about }) => ({ name, about }))),
        next: null,
      }),
    }),
    route({
      method: 'GET',
      path: '/metrics',
      permission: 'metrics:read',
      summary: 'Prometheus metrics of this process',
      reply: { contentType: 'text/plain; version=0.0.4; charset=utf-8', description: 'Prometheus text format' },
      handler: async () => ({ content: await services.metrics.text(await figuresOf(services)) }),
    }),
    route({
      method: 'GET',
      path: '/openapi.json',
      permission: 'signed-in',
      summary: 'this interface as an OpenAPI 3.1 document',
      reply: { contentType: 'application/json', description: 'OpenAPI 3.1' },
      handler: async () => ({
        content: JSON.stringify(
          openApiDocument(
            modules().flatMap((one) => one.routes),
            version,
          ),
        ),
      }),
    }),
  ]
}
