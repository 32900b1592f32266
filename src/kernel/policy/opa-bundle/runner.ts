import type { Json } from '#platform/canonical-json.ts'
import type { Log } from '#platform/log.ts'
import { RunnerFault, type RunnerThread, startRunnerThread } from './runner-thread.ts'

/** A bundle as it is kept: its bytes are asked for when the thread does not have it. */
export interface KeptBundle {
  /** `sha256:…` of its bytes. */
  readonly digest: string
  readonly bytes: () => Promise<Uint8Array | undefined>
}

export type RunAnswer = { readonly result: Json | undefined } | { readonly error: string }

/** Runs bundles of OPA in a thread of its own, one question at a time; whatever goes wrong there is an error here. */
export interface BundleRunner {
  /** What a document of a bundle says of an input; `result` is undefined where it says nothing. Never throws. */
  ask(bundle: KeptBundle, entrypoint: string, input: string): Promise<RunAnswer>
  /** Loads a bundle in a thread that is thrown away, and says what is in it, or why it is not taken. */
  check(bytes: Uint8Array): Promise<BundleCheck>
  figures(): RunnerFigures
  /** Ends the thread; what waits is an error. */
  close(): Promise<void>
}

export type BundleCheck =
  | { readonly revision: string; readonly entrypoints: readonly string[] }
  | { readonly reason: string }

export interface RunnerFigures {
  readonly answered: number
  readonly failed: number
  /** Threads that ended and were replaced. */
  readonly restarts: number
  /** Bundles that the thread holds now. */
  readonly loaded: number
  readonly isRunning: boolean
}

/** What answers for bundles: another version may answer otherwise. */
export const runnerName = '@open-policy-agent/opa-wasm 1.10.0'

export interface RunnerOptions {
  readonly timeoutMs?: number
  readonly log: Log
}

const loadTimeoutMs = 15_000
const probeTimeoutMs = 5000
const probeEveryMs = 1000
const idleForMs = 60_000
/** Each may grow to what one may have. */
const bundlesMax = 4
const waitingMax = 10_000
const secondTryFactor = 4

export function createBundleRunner(options: RunnerOptions): BundleRunner {
  return new Runner(options)
}

class Runner implements BundleRunner {
  readonly #options: Required<RunnerOptions>
  readonly #loaded = new Set<string>()
  readonly #counts = { answered: 0, failed: 0, restarts: 0 }
  #thread: RunnerThread | undefined
  /** Ends when everything that was asked so far is answered. */
  #turn: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #usedAt = 0
  #isClosed = false
  #watch: NodeJS.Timeout | undefined

  constructor({ timeoutMs = 500, log }: RunnerOptions) {
    this.#options = { timeoutMs, log }
  }

  async ask(bundle: KeptBundle, entrypoint: string, input: string): Promise<RunAnswer> {
    if (this.#waiting >= waitingMax) return { error: 'too many questions wait for it' }
    const answer = await this.#inTurn(() => this.#answer(bundle, entrypoint, input))
    this.#counts['error' in answer ? 'failed' : 'answered']++
    return answer
  }

  async check(bytes: Uint8Array): Promise<BundleCheck> {
    const thread = startRunnerThread()
    try {
      const reply = await thread.request({ kind: 'load', digest: '', bytes }, loadTimeoutMs)
      if (reply.kind !== 'bundle-loaded') throw unexpected()
      const { error, revision, entrypoints } = reply
      return error === null ? { revision, entrypoints } : { reason: error }
    } catch (fault) {
      return { reason: wordsOf(fault) }
    } finally {
      await thread.close()
    }
  }

  figures(): RunnerFigures {
    return { ...this.#counts, loaded: this.#loaded.size, isRunning: this.#thread !== undefined }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#watch)
    await this.#end()
    await this.#turn
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting++
    const mine = this.#turn.then(work).finally(() => this.#waiting--)
    this.#turn = mine.catch(() => undefined)
    return mine
  }

  async #answer(bundle: KeptBundle, entrypoint: string, input: string): Promise<RunAnswer> {
    this.#usedAt = performance.now()
    const first = await this.#try(bundle, entrypoint, input, this.#options.timeoutMs)
    if (first !== 'timeout') return first
    // once more on a fresh thread: a busy machine may have stopped the first one
    const second = await this.#try(bundle, entrypoint, input, this.#options.timeoutMs * secondTryFactor)
    return second === 'timeout' ? { error: 'it takes too long' } : second
  }

  async #try(bundle: KeptBundle, entrypoint: string, input: string, withinMs: number): Promise<RunAnswer | 'timeout'> {
    if (this.#isClosed) return { error: 'the engine is closed' }
    try {
      const error = await this.#load(bundle)
      if (error !== undefined) return { error }
      const message = { kind: 'ask', digest: bundle.digest, entrypoint, input } as const
      const reply = await this.#running().request(message, withinMs)
      if (reply.kind !== 'bundle-answered') throw unexpected()
      return { result: reply.isDefined ? reply.result : undefined }
    } catch (fault) {
      await this.#recycle(fault)
      return fault instanceof RunnerFault && fault.kind === 'timeout' ? 'timeout' : { error: wordsOf(fault) }
    }
  }

  /** Why it cannot be asked; undefined when the thread has it. The bundles that were used longest ago make room. */
  async #load({ digest, bytes }: KeptBundle): Promise<string | undefined> {
    const thread = this.#running()
    if (this.#loaded.delete(digest)) {
      this.#loaded.add(digest)
      return undefined
    }
    const content = await bytes()
    if (content === undefined) return 'its bundle is gone'
    const [oldest] = this.#loaded
    if (this.#loaded.size >= bundlesMax && oldest !== undefined) {
      this.#loaded.delete(oldest)
      thread.send({ kind: 'unload', digest: oldest })
    }
    const reply = await thread.request({ kind: 'load', digest, bytes: content }, loadTimeoutMs)
    if (reply.kind !== 'bundle-loaded') throw unexpected()
    if (reply.error !== null) return reply.error
    this.#loaded.add(digest)
    return undefined
  }

  #running(): RunnerThread {
    this.#thread ??= startRunnerThread()
    this.#watch ??= setInterval(() => this.#look(), probeEveryMs).unref()
    return this.#thread
  }

  /** Whether the thread still answers; one that nobody needs gives its memory back. */
  #look(): void {
    if (this.#thread === undefined || this.#waiting > 0) return
    const work = performance.now() - this.#usedAt > idleForMs ? () => this.#end() : () => this.#probe()
    this.#inTurn(work).catch(() => undefined)
  }

  async #probe(): Promise<void> {
    try {
      await this.#thread?.request({ kind: 'probe' }, probeTimeoutMs)
    } catch (fault) {
      await this.#recycle(fault)
    }
  }

  async #recycle(fault: unknown): Promise<void> {
    this.#counts.restarts++
    this.#options.log.warn({
      event: 'bundle-thread.ended',
      reason: fault instanceof RunnerFault ? fault.kind : 'fault',
    })
    await this.#end()
  }

  async #end(): Promise<void> {
    const thread = this.#thread
    this.#thread = undefined
    this.#loaded.clear()
    await thread?.close()
  }
}

function unexpected(): RunnerFault {
  return new RunnerFault('crash', 'it answers something else')
}

function wordsOf(fault: unknown): string {
  if (!(fault instanceof RunnerFault)) return 'its bundle cannot be read'
  return fault.kind === 'timeout' ? 'it takes too long' : `it failed: ${fault.message}`.slice(0, 300)
}
