import { execFile, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Bench } from './figure.ts'

const execute = promisify(execFile)
const version = 'v1.18.2'

export interface Opa {
  readonly pid: number
  /** What the rules say of one document of facts. */
  decide(input: unknown): Promise<{ readonly allow: boolean; readonly violations: readonly { readonly id: string }[] }>
  close(): Promise<void>
}

/** A real OPA over loopback with the rules of `bench/opa`; or why there is none. */
export async function startOpa(bench: Bench): Promise<Opa | { readonly why: string }> {
  const built = await build(bench)
  if ('why' in built) return built
  const port = await freePort()
  const rules = join(bench.root, 'bench', 'opa')
  const options = [
    'run',
    '--server',
    '--addr',
    `127.0.0.1:${port}`,
    '--log-level',
    'error',
    '--disable-telemetry',
    rules,
  ]
  const child = spawn(built.program, options, { stdio: 'ignore' })
  const ended = new Promise<void>((done) => child.on('exit', () => done()))
  const close = async () => {
    child.kill()
    await ended
  }
  const url = `http://127.0.0.1:${port}`
  if (child.pid === undefined || !(await answers(`${url}/health`))) {
    await close()
    return { why: 'OPA did not start' }
  }
  const decide = async (input: unknown) => {
    const body = JSON.stringify({ input })
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${url}/v1/data/countersign/merge`, { method: 'POST', headers, body })
    const { result } = (await response.json()) as { result: Awaited<ReturnType<Opa['decide']>> }
    return result
  }
  return { pid: child.pid, decide, close }
}

async function build({ folder, root, say }: Bench): Promise<{ readonly program: string } | { readonly why: string }> {
  const go = await execute('go', ['version']).catch(() => undefined)
  if (go === undefined) return { why: 'there is no Go toolchain: see bench/README.md' }
  say(`building OPA ${version}`)
  try {
    const env = { ...process.env, GOBIN: folder }
    await execute('go', ['install', `github.com/open-policy-agent/opa@${version}`], {
      cwd: root,
      env,
      timeout: 1_800_000,
    })
    return { program: join(folder, 'opa') }
  } catch (error) {
    return { why: `OPA was not built: ${error instanceof Error ? error.message.split('\n')[1] : error}` }
  }
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer()
    server.on('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

async function answers(url: string): Promise<boolean> {
  for (let i = 0; i < 100; i++) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok === true) return true
    await sleep(100)
  }
  return false
}
