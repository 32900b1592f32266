#!/usr/bin/env node
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

// A clone builds itself when its sources are newer than the build; an installed package is built already.
const root = fileURLToPath(new URL('..', import.meta.url))
if (existsSync(`${root}src/cli/main.ts`)) {
  const { buildWhenStale } = await import('../scripts/build.mjs')
  buildWhenStale(root)
}

/**
 * What an audit runs with, so that 10,000 commits take less than 500 MB at no cost in time: a small young generation, because
 * reading a history makes much garbage; a collection when the judging is over; two threads of V8. Of glibc's memory two arenas,
 * and large buffers go back to the system when they are freed.
 */
const flags = ['--max-semi-space-size=8', '--expose-gc', '--v8-pool-size=2']
const memory = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' }

const isAudit = process.argv[2] === 'audit'
const hasFlags = flags.every((one) => process.execArgv.includes(one))
if (isAudit && !hasFlags) relaunch()
else await run()

async function run() {
  if (isAudit && process.channel) {
    // who relaunched us is gone: end as if it had told us
    process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
    process.channel.unref()
  }
  const { main } = await import('../dist/cli.js')
  const code = await main(process.argv.slice(2))
  // whatever is still open by now must not keep the command from ending
  process.stdout.write('', () => process.exit(code))
}

/** Node takes these settings only when it starts, and not every system lets the first line of a file name them. */
function relaunch() {
  const child = spawn(process.execPath, [...process.execArgv, ...flags, ...process.argv.slice(1)], {
    // a group of its own: a Ctrl-C reaches it once, through us
    detached: true,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...memory, ...process.env },
  })
  // where there is no room for one more process, it takes more memory in this one
  child.once('error', run)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    if (signal !== null) process.stderr.write(`ended by ${signal}\n`)
    process.exitCode = code ?? 128 + constants.signals[signal]
    if (child.connected) child.disconnect()
  })
}
