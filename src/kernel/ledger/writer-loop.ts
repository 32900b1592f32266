import { Client, type ClientConfig } from 'pg'
import type { Log } from '#platform/log.ts'
import { codeOf } from './error-code.ts'
import { hasWaiting } from './head.ts'
import { isPassing, type Run, runOn } from './sql.ts'
import { LeadLost, type LogWriter, leadLog, type WriterOptions } from './writer.ts'

/** `standby`: another node writes. `failing`: tried again. `halted`: a person must look before this node writes again. */
export type WriterState = 'stopped' | 'standby' | 'leading' | 'failing' | 'halted'

export interface WriterStatus {
  readonly state: WriterState
  /** Why it is failing or halted. */
  readonly problem: string | undefined
}

export interface WriterLoop {
  /** Something was committed: look now. */
  wake(): void
  status(): WriterStatus
  /** Ends after the present round and hands the right to write to whoever comes next. */
  stop(): Promise<void>
}

export interface WriterLoopOptions extends WriterOptions {
  /** A connection of its own to PostgreSQL itself, not to a pooler: it listens, and its session is the writer's life. */
  readonly connection: ClientConfig
  readonly leaseMs: number
  /** At least this long from one checkpoint to the next. */
  readonly publishEveryMs: number
  /** How often to look without being told. */
  readonly pollMs: number
  readonly log: Log
}

export const wakeChannel = 'countersign_ledger'

/** What running out of something answers; it may be there again later. Anything else that a disk says halts the writer. */
const scarce = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE'])

/** Runs the log's writer on this node for as long as it may; whatever is in doubt is thrown away and read again. */
export function startWriterLoop(options: WriterLoopOptions): WriterLoop {
  const bell = createBell()
  const status: { now: WriterStatus } = { now: { state: 'standby', problem: undefined } }
  const life = { stopping: false }
  const ended = live(options, bell, life, (now) => {
    status.now = now
  })
  return {
    wake: bell.ring,
    status: () => status.now,
    stop: async () => {
      life.stopping = true
      bell.ring()
      await ended
    },
  }
}

interface Life {
  stopping: boolean
}

async function live(
  options: WriterLoopOptions,
  bell: Bell,
  life: Life,
  say: (status: WriterStatus) => void,
): Promise<void> {
  let pauseMs = 100
  while (!life.stopping) {
    try {
      await withSession(options, bell, (run) => lead(options, run, bell, life, say))
      pauseMs = 100
    } catch (error) {
      const state = isLater(error) ? 'failing' : 'halted'
      say({ state, problem: error instanceof Error ? error.message : String(error) })
      options.log.error({ event: `ledger.writer-${state}`, error })
      if (state === 'halted') return
      await bell.wait(pauseMs)
      pauseMs = Math.min(pauseMs * 2, 5000)
    }
  }
  say({ state: 'stopped', problem: undefined })
}

/** Waits until this node may write, then writes, until told to stop or an error ends it. */
async function lead(
  options: WriterLoopOptions,
  run: Run,
  bell: Bell,
  life: Life,
  say: (status: WriterStatus) => void,
): Promise<void> {
  while (!life.stopping) {
    const writer = await leadLog(run, options)
    if (writer !== undefined) {
      say({ state: 'leading', problem: undefined })
      options.log.info({ event: 'ledger.writer-leading', epoch: writer.head().epoch, size: writer.head().size })
      return write(options, run, writer, bell, life)
    }
    say({ state: 'standby', problem: undefined })
    await bell.wait(options.pollMs)
  }
}

async function write(options: WriterLoopOptions, run: Run, writer: LogWriter, bell: Bell, life: Life): Promise<void> {
  let keptAt = performance.now()
  while (!life.stopping) {
    const startedAt = performance.now()
    if (await isBehind(run, writer)) {
      await writer.round()
      keptAt = performance.now()
      await bell.sleep(options.publishEveryMs - (performance.now() - startedAt), life)
      continue
    }
    if (startedAt - keptAt > options.leaseMs / 3) {
      await writer.idle()
      keptAt = startedAt
    }
    await bell.wait(Math.min(options.pollMs, options.leaseMs / 3))
  }
  await writer.release()
}

async function isBehind(run: Run, writer: LogWriter): Promise<boolean> {
  const head = writer.head()
  return head.checkpoint === undefined || head.nextIndex > head.size || (await hasWaiting(run))
}

async function withSession(options: WriterLoopOptions, bell: Bell, work: (run: Run) => Promise<void>): Promise<void> {
  const client = new Client({
    ...options.connection,
    application_name: 'countersign-log-writer',
    statement_timeout: 30_000,
    lock_timeout: 5000,
    keepAlive: true,
  })
  // the loss of the connection also fails the statement that waits for it
  client.on('error', bell.ring)
  client.on('notification', bell.ring)
  try {
    await client.connect()
    await client.query(`listen ${wakeChannel}`)
    await work(runOn(client))
  } finally {
    options.recent?.restart('leave')
    await client.end().catch(() => undefined)
  }
}

function isLater(error: unknown): boolean {
  const code = codeOf(error)
  return error instanceof LeadLost || isPassing(error) || code === '57014' || (code !== undefined && scarce.has(code))
}

interface Bell {
  ring(): void
  /** Resolves when rung (also when it was rung since the last wait) or after `ms`. */
  wait(ms: number): Promise<void>
  /** Resolves after `ms`, or when the process is to stop. */
  sleep(ms: number, life: Life): Promise<void>
}

function createBell(): Bell {
  let rung = false
  let wakeUp: (() => void) | undefined
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(ms, 0))
      wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const wait = async (ms: number) => {
    if (!rung) await pause(ms)
    rung = false
    wakeUp = undefined
  }
  return {
    ring: () => {
      rung = true
      wakeUp?.()
    },
    wait,
    sleep: async (ms, life) => {
      const until = performance.now() + ms
      for (let left = ms; left > 0 && !life.stopping; left = until - performance.now()) await pause(left)
    },
  }
}
