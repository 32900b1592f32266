import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { DomainError, ErrorFactory } from '#platform/errors.ts'
import { packageRoot } from '#platform/package-root.ts'
import { EvidenceTooLarge, EvidenceTooSlow, EvidenceUnreadable, readingErrors } from '../errors.ts'
import { limits } from '../limits.ts'
import type { ParsedReport } from '../model.ts'
import type { ParsedEvidence, ReadOptions } from '../parsed.ts'
import type { Answer, Question } from './protocol.ts'

export interface EvidenceReader {
  /**
   * Reads a report in a thread of its own with limits of time and memory; whoever comes when all threads are taken waits.
   *
   * @throws what `readingErrors` lists
   */
  read(bytes: Uint8Array, options: ReadOptions & { readonly signal?: AbortSignal | undefined }): Promise<ParsedEvidence>
  /** Ends the threads; what is being read is refused. */
  close(): Promise<void>
}

export interface ReaderOptions {
  /** Threads that read at once; 1 unless said. */
  readonly threads?: number
  readonly timeMs?: number
  readonly heapMb?: number
}

/** How long a thread without work is kept. */
const idleMs = 20_000

/** Makes threads when they are first needed and keeps them while there is work: starting one takes longer than most reports. */
export function createEvidenceReader(options: ReaderOptions = {}): EvidenceReader {
  const { threads = 1, timeMs = limits.timeMs, heapMb = limits.heapMb } = options
  const idle: Worker[] = []
  const all = new Set<Worker>()
  const waiting: (() => void)[] = []
  let taken = 0

  const drop = async (worker: Worker) => {
    all.delete(worker)
    const place = idle.indexOf(worker)
    if (place >= 0) idle.splice(place, 1)
    await worker.terminate()
  }
  const start = () => {
    const worker = startWorker(heapMb)
    all.add(worker)
    // one that ends while it is idle is forgotten
    worker.once('exit', () => void drop(worker))
    return worker
  }
  const giveBack = (worker: Worker) => {
    worker.unref()
    idle.push(worker)
    const after = setTimeout(() => {
      if (idle.includes(worker)) drop(worker).catch(() => undefined)
    }, idleMs)
    after.unref()
  }
  const turn = async () => {
    if (taken >= threads) await new Promise<void>((go) => waiting.push(go))
    else taken++
  }
  const next = () => {
    const go = waiting.shift()
    if (go === undefined) taken--
    else go()
  }
  return {
    read: async (bytes, { signal, ...rest }) => {
      if (bytes.length > limits.bytes) throw EvidenceTooLarge({ what: 'bytes', max: limits.bytes })
      signal?.throwIfAborted()
      await turn()
      if (signal?.aborted === true) {
        next()
        throw signal.reason
      }
      const worker = idle.pop() ?? start()
      try {
        const answer = await ask(worker, { bytes: apart(bytes), options: rest }, timeMs, signal)
        giveBack(worker)
        return opened(answer)
      } catch (error) {
        if (!isAnswer(error)) await drop(worker)
        throw error
      } finally {
        next()
      }
    },
    close: async () => {
      for (const worker of all) await drop(worker)
    },
  }
}

/** Reads one report in a thread that is ended afterwards. */
export async function readEvidence(
  bytes: Uint8Array,
  options: ReadOptions & { readonly signal?: AbortSignal | undefined } = {},
): Promise<ParsedEvidence> {
  const reader = createEvidenceReader()
  try {
    return await reader.read(bytes, options)
  } finally {
    await reader.close()
  }
}

function startWorker(heapMb: number): Worker {
  const worker = new Worker(join(packageRoot(), 'dist', 'evidence-worker.js'), {
    // nothing of this process is needed there, and what it says is for nobody
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: 64, stackSizeMb: 4 },
  })
  // without a listener an error of the thread would end the process
  worker.on('error', () => undefined)
  return worker
}

function ask(worker: Worker, question: Question, timeMs: number, signal: AbortSignal | undefined): Promise<Answer> {
  worker.ref()
  return new Promise<Answer>((resolve, reject) => {
    const tooSlow = () => finish(() => reject(EvidenceTooSlow({ seconds: Math.ceil(timeMs / 1000) })))
    const aborted = () => finish(() => reject(signal?.reason))
    const answered = (answer: Answer) => finish(() => resolve(answer))
    const timer = setTimeout(tooSlow, timeMs)
    const finish = (settle: () => void) => {
      clearTimeout(timer)
      worker.off('message', answered).off('exit', tooSlow)
      signal?.removeEventListener('abort', aborted)
      settle()
    }
    // a thread that ends before it answers has run out of memory
    worker.once('message', answered).once('exit', tooSlow)
    signal?.addEventListener('abort', aborted, { once: true })
    worker.postMessage(question, [question.bytes.buffer as ArrayBuffer])
  })
}

/** A copy whose memory can be handed over; the caller's stays the caller's. */
function apart(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new ArrayBuffer(bytes.length))
  copy.set(bytes)
  return copy
}

function opened(answer: Answer): ParsedEvidence {
  // written by our own thread from a report that it has read
  if ('report' in answer) return { ...(JSON.parse(answer.report) as ParsedReport), stored: answer.stored }
  const { code, facts } = answer.refused
  const factory = readingErrors.find((one) => one.code === code) as ErrorFactory<object> | undefined
  throw factory?.(facts) ?? EvidenceUnreadable({ reason: 'its reader failed' })
}

/** A report that was refused leaves the thread as it was; a thread that was too slow, or was called off, does not. */
function isAnswer(error: unknown): error is DomainError {
  return !EvidenceTooSlow.is(error) && readingErrors.some((one) => one.is(error))
}
