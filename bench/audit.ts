import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { importRepository, registerRepository } from '#domains/changes'
import { openAuditCore } from '../src/cli/audit.ts'
import { atLeast, atMost, type Bench, type Figure, type Line } from './figure.ts'
import { makeHistory } from './history.ts'
import { cpuSecondsOfEnded, family, memoryOf } from './processes.ts'
import { timed } from './statistics.ts'

const commits = 10_000

/**
 * `countersign audit` as a person runs it, on a generated history of 10,000 commits; and the import by itself, beside git
 * alone walking the same commits and making the same diffs. "After git has answered" is what the import adds to that.
 */
export const audit: Figure = {
  name: 'audit',
  about: 'countersign audit on a generated repository of 10,000 commits',
  run: async (bench) => {
    const repository = join(bench.folder, 'history')
    bench.say(`  making a repository of ${commits} commits`)
    await makeHistory(repository, commits)
    const whole = await auditApart(bench, repository)
    const git = (await timed(() => gitAlone(repository))).ms
    const imported = await importHere(bench, repository)
    const added = Math.max(imported.ms - git, 1)
    return [
      {
        what: 'report of 10,000 commits',
        measured: whole.ms / 1000,
        unit: 's',
        ...atMost(15),
        note: `${seconds(whole.cpu)} of CPU, with database and git`,
      },
      {
        what: 'peak memory, with database and git',
        measured: whole.peak === 0 ? undefined : whole.peak,
        unit: 'MB',
        ...atMost(500),
        note: 'proportional set size of all its processes, looked at every 100 ms',
      },
      {
        what: 'commits after git has answered',
        measured: commits / (added / 1000),
        unit: '/s',
        ...atLeast(5000),
        note: `import ${seconds(imported.ms / 1000)} (${seconds(imported.cpu)} of CPU in Node), git alone ${seconds(git / 1000)}`,
      },
    ] satisfies Line[]
  },
}

async function auditApart({ root, folder }: Bench, repository: string) {
  const cli = join(root, 'bin', 'countersign.mjs')
  // builds it when it is stale, which is not part of the figure
  await finished(spawn(process.execPath, [cli, '--help'], { stdio: 'ignore' }))
  // by its own first line, as a person runs it
  const child = spawn(cli, ['audit', repository, '--out', join(folder, 'audit')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const before = cpuSecondsOfEnded()
  let peak = 0
  const look = setInterval(() => {
    peak = Math.max(peak, memoryOf(family(child.pid ?? -1)) ?? 0)
  }, 100)
  try {
    const { ms } = await timed(() => finished(child))
    const after = cpuSecondsOfEnded()
    return { ms, peak, cpu: before === undefined || after === undefined ? undefined : after - before }
  } finally {
    clearInterval(look)
  }
}

/** The import as `audit` runs it, which makes no search index. */
async function importHere(bench: Bench, repository: string): Promise<{ ms: number; cpu: number }> {
  const core = await openAuditCore(join(bench.folder, 'import'), process.env['XDG_RUNTIME_DIR'])
  try {
    const ctx = core.service('bench')
    const id = await registerRepository(core.db, ctx, repository)
    const before = process.cpuUsage()
    const { ms, result } = await timed(() =>
      importRepository(core.db, ctx, id, { signal: new AbortController().signal }),
    )
    if (result.newChanges === 0) throw new Error('the benchmark imported nothing')
    const { user, system } = process.cpuUsage(before)
    return { ms, cpu: (user + system) / 1e6 }
  } finally {
    await core.stop()
  }
}

function seconds(value: number | undefined): string {
  return value === undefined ? 'an unknown time' : `${value.toFixed(1)} s`
}

/** The commits, and their diffs as the import asks for them, thrown away. */
async function gitAlone(repository: string): Promise<void> {
  const diff =
    'git diff-tree --stdin --root --always -r -z --raw --full-index --no-color --patch --unified=1 --histogram -M50% -l1000'
  const script = `set -e; git rev-list --topo-order --parents HEAD > /dev/null
git rev-list HEAD | git cat-file --batch > /dev/null
git rev-list HEAD | ${diff} > /dev/null`
  await finished(spawn('sh', ['-c', script], { cwd: repository, stdio: ['ignore', 'ignore', 'inherit'] }))
}

async function finished(child: ReturnType<typeof spawn>): Promise<void> {
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${child.spawnargs.slice(1, 3).join(' ')} ended with ${code}`)
}
