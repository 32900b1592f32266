import { execFile, spawn } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Bench } from './figure.ts'

/** What one round of writing did. */
export interface Round {
  readonly records: number
  readonly seconds: number
  /** Undefined where the system does not tell it. */
  readonly cpuSeconds: number | undefined
}

export interface Peer {
  write(seconds: number): Promise<Round>
  close(): Promise<void>
}

export interface PeerLoad {
  readonly batch: number
  readonly writers: number
  readonly chunk: number
  readonly entryBytes: number
  /** Whether what was added before is found again, as ours refuses an id that was used. */
  readonly dedup: boolean
}

const execute = promisify(execFile)

/** Builds the peer; answers why not when that cannot be done here. */
export async function buildTessera(bench: Bench): Promise<{ readonly program: string } | { readonly why: string }> {
  const program = join(bench.folder, 'tessera')
  const cwd = join(bench.root, 'bench', 'tessera')
  const go = await execute('go', ['version']).catch(() => undefined)
  if (go === undefined) return { why: 'there is no Go toolchain: see bench/README.md' }
  bench.say('building Tessera')
  try {
    await execute('go', ['build', '-o', program, '.'], { cwd })
    return { program }
  } catch (error) {
    return { why: `Tessera was not built: ${error instanceof Error ? error.message.split('\n')[1] : error}` }
  }
}

/** A fresh log of Tessera's POSIX driver in a process of its own, that writes when told to. */
export async function startTessera(bench: Bench, program: string, load: PeerLoad): Promise<Peer> {
  const folder = await mkdtemp(join(bench.folder, 'tessera-'))
  const { batch, writers, chunk, entryBytes: bytes, dedup } = load
  const args = { dir: join(folder, 'log'), batch, writers, chunk, bytes, dedup }
  const child = spawn(
    program,
    Object.entries(args).map(([name, value]) => `-${name}=${value}`),
    { stdio: ['pipe', 'pipe', 'ignore'] },
  )
  const ended = new Promise<void>((done) => child.on('exit', () => done()))
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    write: async (seconds) => {
      child.stdin.write(`${seconds}\n`)
      const answer = await answers.next()
      if (answer.done === true) throw new Error('Tessera ended by itself')
      return JSON.parse(answer.value)
    },
    close: async () => {
      child.stdin.end()
      await ended
    },
  }
}
