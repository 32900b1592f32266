import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { atMost, type Bench, type Figure } from './figure.ts'
import { makeHistory } from './history.ts'
import { commandOf, family, memoryOf } from './processes.ts'

const commits = 100
/** The policy thread ends after a minute without a question: a server at rest is one without it. */
const idleMs = 75_000

/** From the command to the ready line, with a small repository to govern: the first time and again; then memory at rest. */
export const start: Figure = {
  name: 'start',
  about: 'cold and warm start to ready, resident memory at rest',
  run: async (bench) => {
    const repository = join(bench.folder, 'small-history')
    await makeHistory(repository, commits)
    await mkdir(join(bench.folder, 'elsewhere'))
    const cold = await startOnce(bench, repository, 0)
    const warm = await startOnce(bench, repository, idleMs)
    return [
      {
        what: 'cold start to ready',
        measured: cold.seconds,
        unit: 's',
        ...atMost(20),
        note: `${commits} commits governed`,
      },
      { what: 'warm start to ready', measured: warm.seconds, unit: 's', ...atMost(4) },
      {
        what: 'memory at rest, with database',
        measured: warm.memory,
        unit: 'MB',
        ...atMost(350),
        note: `proportional set size after ${idleMs / 1000} s; ${warm.own?.toFixed(0) ?? '?'} MB of it Node`,
      },
    ]
  },
}

async function startOnce({ root, folder }: Bench, repository: string, restMs: number) {
  const cli = join(root, 'bin', 'countersign.mjs')
  await once(spawn(process.execPath, [cli, '--help'], { stdio: 'ignore' }), 'exit')
  const startedAt = performance.now()
  const args = [cli, 'start', '--data', join(folder, 'start-data'), '--port', '0', '--repo', repository]
  const child = spawn(process.execPath, args, {
    cwd: join(folder, 'elsewhere'),
    env: { ...process.env, COUNTERSIGN_LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  try {
    await ready(child.stdout)
    const seconds = (performance.now() - startedAt) / 1000
    await new Promise((resolve) => setTimeout(resolve, restMs))
    const pids = family(child.pid ?? -1)
    const own = memoryOf(pids.filter((pid) => commandOf(pid).includes('countersign.mjs')))
    return { seconds, memory: memoryOf(pids), own }
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

async function ready(output: NodeJS.ReadableStream): Promise<void> {
  for await (const line of createInterface({ input: output })) {
    if (line.includes('"event":"ready"')) return
  }
  throw new Error('the server ended before it was ready')
}
