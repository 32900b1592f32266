import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const program = join(import.meta.dirname, '..', '..', 'bin', 'countersign.mjs')

export interface Ended {
  /** Exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals
  readonly out: string
  readonly err: string
}

export interface RunningServer {
  readonly child: ChildProcess
  readonly url: string
  readonly signInUrl: string
  out(): string
  err(): string
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Ended>
}

export interface Place {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

/** A folder that every user may pass through, as the database's own user must where tests run as root. */
export async function passableFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-e2e-'))
  await chmod(folder, 0o711)
  return folder
}

/** Runs one command line, in an environment with nothing of ours, to its end. */
export async function countersign(args: readonly string[], place: Place): Promise<Ended> {
  return launch(args, place).ended
}

/** Starts a server on a free port and waits for its ready line. */
export async function startServer(args: readonly string[], place: Place): Promise<RunningServer> {
  const { child, text, ended } = launch(['start', '--port', '0', ...args], place)
  const ready = new Promise<{ url: string; signInUrl: string }>((resolve) => {
    child.stdout?.on('data', () => {
      const line = text.out.split('\n').find((one) => one.startsWith('{"event":"ready"'))
      if (line !== undefined) resolve(JSON.parse(line))
    })
  })
  const first = await Promise.race([ready, ended])
  if ('code' in first) throw new Error(`the server ended with ${first.code} before it was ready: ${first.err}`)
  return {
    child,
    ...first,
    out: () => text.out,
    err: () => text.err,
    end: (signal) => {
      child.kill(signal)
      return ended
    },
  }
}

function launch(args: readonly string[], { cwd, env = {} }: Place) {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, [program, ...args], { cwd, env: { PATH, HOME, ...env } })
  const text = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text.out += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text.err += chunk
  })
  const ended = once(child, 'close').then(([code, signal]): Ended => {
    // a clone whose sources changed builds itself first, and says so
    return { code: code ?? signal, out: text.out, err: text.err.replace('building countersign…\n', '') }
  })
  return { child, text, ended }
}
