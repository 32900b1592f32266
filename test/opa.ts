import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

export const opaVersion = 'v1.18.2'

const execute = promisify(execFile)
const root = join(import.meta.dirname, '..')
const kept = join(root, 'node_modules', '.cache', 'opa', opaVersion)

/** A real OPA: the one in the PATH, one that was built before, or one that Go builds now from its module; or why there is none. */
export async function findOpa(): Promise<{ readonly program: string } | { readonly why: string }> {
  const own = await execute('opa', ['version']).catch(() => undefined)
  if (own !== undefined) return { program: 'opa' }
  const program = join(kept, 'opa')
  if (existsSync(program)) return { program }
  const go = await execute('go', ['version']).catch(() => undefined)
  if (go === undefined) return { why: 'there is neither `opa` in the PATH nor a Go toolchain that could build it' }
  try {
    const module = `github.com/open-policy-agent/opa@${opaVersion}`
    await execute('go', ['install', module], { cwd: root, env: { ...process.env, GOBIN: kept }, timeout: 1_800_000 })
    return { program }
  } catch (error) {
    return { why: `OPA was not built: ${error instanceof Error ? error.message.split('\n')[1] : error}` }
  }
}

export interface RunningOpa {
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

/** An OPA over loopback with these files; undefined when it does not start. */
export async function startOpa(
  program: string,
  args: readonly string[],
  port?: number,
): Promise<RunningOpa | undefined> {
  const url = `http://127.0.0.1:${port ?? (await freePort())}`
  const options = [
    'run',
    '--server',
    '--addr',
    url.slice('http://'.length),
    '--log-level',
    'error',
    '--skip-version-check',
  ]
  const child = spawn(program, [...options, ...args], { stdio: 'ignore' })
  const ended = new Promise<void>((done) => child.on('exit', () => done()))
  const stop = async () => {
    child.kill()
    await ended
  }
  if (child.pid !== undefined && (await answers(child, `${url}/health`))) return { url, pid: child.pid, stop }
  await stop()
  return undefined
}

export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer()
    server.on('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

async function answers(child: ChildProcess, url: string): Promise<boolean> {
  for (let i = 0; i < 200 && child.exitCode === null; i++) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok === true) return true
    await sleep(100)
  }
  return false
}
