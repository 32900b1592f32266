import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { importRepository, registerRepository } from '#domains/changes'
import { addEvidence, createEvidenceReader } from '#domains/evidence'
import { createPolicySource, judgeChanges } from '#domains/gates'
import { makePack } from '#domains/packs'
import { ledgerRead } from '#kernel/ledger'
import { createPolicyEngine } from '#kernel/policy'
import { loadConfig } from '#platform/config.ts'
import { createLog } from '#platform/log.ts'
import { createGovernance, describeModules, openCore, version } from '#server'
import { largeRecords, monorepo, type RepositoryPlan, repositories } from './company.ts'
import { makeHistory } from './history.ts'
import { planChanges } from './plan.ts'
import { reportsOf } from './reports.ts'

const usage = `npm run seed -- [--data DIR] [--large] [--until DATE]

Makes a data folder of a company that does not exist, with a year of changes, reports and decisions, through the same
calls as the product itself. Then: npm start -- --data DIR

  --data DIR    the folder, which must not be there yet (default: .countersign/seeded)
  --large       with one repository of 100,000 changes and, in all, a million audit records; takes about a quarter of an hour
  --changes N   changes of that repository (default: 100000)
  --until DATE  the last day of the year (default: today)
`

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '.countersign/seeded' },
    large: { type: 'boolean', default: false },
    changes: { type: 'string', default: String(monorepo.changes) },
    until: { type: 'string', default: new Date().toISOString().slice(0, 10) },
    help: { type: 'boolean', default: false },
  },
})

type Core = Awaited<ReturnType<typeof openCore>>

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())

const say = (text: string) => void process.stderr.write(`${text}\n`)

async function seed(data: string, untilMs: number): Promise<void> {
  if (Number.isNaN(untilMs)) throw new Error('`--until` must be a date such as 2026-01-31')
  // fails where it is there: nothing is mixed into what somebody keeps
  await mkdir(join(data, '..'), { recursive: true })
  await mkdir(data, { mode: 0o711 })
  const core = await openCore({
    config: loadConfig({ data }, {}),
    log: createLog('warn'),
    dataWasNamed: true,
    // a seed that is cut off is made again: nothing waits for the disk
    lifetime: 'this-run',
    modules: describeModules(),
  })
  const engine = createPolicyEngine({ log: createLog('warn') })
  try {
    const large = values.large ? [{ ...monorepo, changes: Number(values.changes) }] : []
    for (const plan of [...repositories, ...large]) {
      const began = performance.now()
      await govern(core, engine, plan, join(data, 'company', plan.name), untilMs)
      say(`${plan.name}: ${plan.changes} changes in ${Math.round((performance.now() - began) / 1000)} s`)
    }
    if (values.large) await readUpTo(core, largeRecords)
    say(`${await durableRecords(core)} audit records. Now: npm start -- --data ${data}`)
  } finally {
    await engine.close()
    await core.stop()
  }
}

async function govern(
  core: Core,
  engine: ReturnType<typeof createPolicyEngine>,
  plan: RepositoryPlan,
  path: string,
  untilMs: number,
): Promise<void> {
  const ctx = core.service('seed')
  const commits = await makeHistory(path, plan, untilMs)
  const repositoryId = await registerRepository(core.db, ctx, path)
  await importRepository(core.db, ctx, repositoryId, { signal: stop.signal })
  await attachAll(core, plan, { repositoryId, commits, untilMs })
  await judgeChanges(core.db, ctx, { engine, policy: createPolicySource() }, { repositoryId, signal: stop.signal })
  if (plan.name !== monorepo.name) await pack(core, repositoryId)
}

interface Attaching {
  readonly repositoryId: string
  readonly commits: readonly string[]
  readonly untilMs: number
}

/** Several at once, as pipelines do; each is durable before the next of its kind. */
async function attachAll(core: Core, plan: RepositoryPlan, { repositoryId, commits, untilMs }: Attaching) {
  const ctx = core.service('pipeline')
  const reader = createEvidenceReader({ threads: 1 })
  const changes = planChanges(plan, untilMs)
  const worker = async () => {
    for (const change of changes) {
      stop.signal.throwIfAborted()
      const [base = '', commit = ''] = commits.slice(change.number - 1, change.number + 1)
      for (const { format, bytes } of reportsOf(change, { commit, base })) {
        await addEvidence(core.db, ctx, {
          bytes,
          format,
          subject: { repositoryId, commit },
          read: (report, options) => reader.read(report, options),
        })
      }
      if (change.number % 5000 === 0) say(`  ${plan.name}: reports up to change ${change.number}`)
    }
  }
  try {
    await Promise.all(Array.from({ length: 8 }, worker))
  } finally {
    await reader.close()
  }
}

/** Someone copies the records to a SIEM, page by page, and each read leaves a record. */
async function readUpTo(core: Core, total: number): Promise<void> {
  const ctx = core.service('siem-export')
  const known = await durableRecords(core)
  const at = (index: number) => ({ filter: ['limit=1'], query: null, count: 1, first: index, last: index })
  for (let from = known; from < total; from += readsAtOnce) {
    stop.signal.throwIfAborted()
    const count = Math.min(readsAtOnce, total - from)
    const reads = Array.from({ length: count }, (_, i) => ledgerRead({ data: at((from + i) % known) }))
    await core.ledger.appender.appendMany(reads, ctx)
  }
}

const readsAtOnce = 1000

async function durableRecords(core: Core): Promise<number> {
  await core.ledger.waitPublished(600_000)
  const { rows } = await core.pool.query<{ size: string }>('select size::text as size from ledger_head')
  return Number(rows[0]?.size)
}

async function pack(core: Core, repositoryId: string): Promise<void> {
  const maker = {
    db: core.db,
    ledger: core.ledger,
    keysFolder: core.folder.keys,
    version,
    governance: createGovernance(core),
  }
  await makePack(maker, core.service('seed'), {
    repositoryId,
    folder: join(core.folder.reports, repositoryId),
    people: 'omit',
    period: { from: null, to: null },
  })
}

if (values.help) process.stdout.write(usage)
else await seed(resolve(values.data), Date.parse(`${values.until}T00:00:00Z`))
