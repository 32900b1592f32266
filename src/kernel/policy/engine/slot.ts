import type { Worker } from 'node:worker_threads'
import { engines } from '../engines.ts'
import type { Answer, Part } from '../evaluate/decide.ts'
import type { Authorization, Missing, RuleResult, Verdict } from '../model.ts'
import { unanswered } from '../verdict.ts'
import type { FromThread, SetKind, ToThread } from './messages.ts'
import { listen, startPolicyThread } from './start-thread.ts'

/** What questions are asked of: the thread gets the snapshot once. */
export interface AskedSet {
  readonly revision: string
  readonly snapshot: string
  readonly of?: SetKind
}

/** The answer to a question of either kind. */
export type Settled = Verdict & { readonly missing?: readonly Missing[] }

/** A question that waits for its verdict. */
export interface Job {
  readonly set: AskedSet
  readonly text: string
  readonly factsDigest: string
  /** How often a thread ended while it was at this question. */
  failures: number
  readonly settle: (verdict: Settled) => void
}

export interface SlotOptions {
  readonly timeoutMs: number
  /** It can take questions again. */
  readonly onIdle: (slot: Slot) => void
  /** It is gone; `jobs` were not answered, and the first of them was being answered when `isCulprit`. */
  readonly onEnd: (slot: Slot, end: SlotEnd) => void
}

export interface SlotEnd {
  readonly jobs: readonly Job[]
  readonly isCulprit: boolean
  readonly wasReady: boolean
  readonly reason: 'timeout' | 'crash' | 'unwell' | 'closed'
  readonly detail: string
}

/** One thread of the engine, with what it has been given. */
export interface Slot {
  readonly isIdle: boolean
  /** Gives it questions of one policy set; only when it is idle. */
  give(jobs: readonly Job[]): void
  /** Whether it still answers as it should; it ends when it does not. Only when it is idle. */
  probe(): void
  close(): Promise<void>
}

const startTimeoutMs = 30_000
const loadTimeoutMs = 15_000
const probeTimeoutMs = 5000
const setsMax = 8
const secondTryFactor = 4

export function openSlot(options: SlotOptions): Slot {
  return new ThreadSlot(options)
}

class ThreadSlot implements Slot {
  readonly #options: SlotOptions
  readonly #worker: Worker
  readonly #sets = new Set<string>()
  readonly #rules = new Kept<RuleResult>()
  readonly #authorizations = new Kept<Authorization>()
  #phase: 'starting' | 'idle' | 'loading' | 'answering' | 'probing' | 'closing' | 'ended' = 'starting'
  #jobs: Job[] = []
  #timer: NodeJS.Timeout | undefined
  #reason: SlotEnd['reason'] = 'crash'
  #detail: string | undefined
  #wasReady = false

  constructor(options: SlotOptions) {
    this.#options = options
    this.#worker = startPolicyThread({ task: 'answer' })
    listen(
      this.#worker,
      (message) => this.#takeSafely(message),
      (detail) => this.#end(detail),
    )
    this.#expectWithin(startTimeoutMs)
  }

  get isIdle(): boolean {
    return this.#phase === 'idle'
  }

  give(jobs: readonly Job[]): void {
    const [first] = jobs
    if (first === undefined || !this.isIdle) throw new Error('a thread was given questions that it cannot take')
    this.#worker.ref()
    this.#jobs = [...jobs]
    if (this.#sets.has(first.set.revision)) this.#ask()
    else this.#load(first.set)
  }

  probe(): void {
    if (!this.isIdle) return
    this.#phase = 'probing'
    this.#expectWithin(probeTimeoutMs)
    this.#send({ kind: 'probe' })
  }

  async close(): Promise<void> {
    this.#reason = 'closed'
    this.#phase = 'closing'
    await this.#worker.terminate()
  }

  /** A thread that says what cannot be is not asked again. */
  #takeSafely(message: FromThread): void {
    try {
      this.#take(message)
    } catch (error) {
      this.#detail = error instanceof Error ? error.message : String(error)
      this.#kill('unwell')
    }
  }

  #take(message: FromThread): void {
    if (this.#phase === 'ended' || this.#phase === 'closing') return
    if (message.kind === 'answered') this.#takeAnswer(message.answer, message.forgotten)
    else if (message.kind === 'loaded') this.#takeLoaded(message.revision, message.error)
    else if (message.kind === 'probed') this.#takeProbe(message.isWell)
    else if (message.kind === 'ready') this.#takeReady(message.cedar)
  }

  #load({ revision, snapshot, of = 'rules' }: AskedSet): void {
    this.#makeRoom()
    this.#phase = 'loading'
    this.#expectWithin(loadTimeoutMs)
    this.#send({ kind: 'load', revision, snapshot, of })
  }

  #takeReady(cedar: string): void {
    this.#phase = 'probing'
    if (engines.cedar.endsWith(` ${cedar}`)) this.#send({ kind: 'probe' })
    else this.#kill('unwell')
  }

  #takeProbe(isWell: boolean): void {
    this.#wasReady ||= isWell
    if (isWell) this.#rest()
    else this.#kill('unwell')
  }

  #takeLoaded(revision: string, error: string | undefined): void {
    if (error === undefined) {
      this.#sets.add(revision)
      this.#ask()
    } else {
      const jobs = this.#jobs.splice(0)
      for (const job of jobs) job.settle(unanswered(job.set.revision, job.factsDigest, `engine_set_unusable: ${error}`))
      this.#rest()
    }
  }

  #ask(): void {
    this.#phase = 'answering'
    this.#expectAnswer()
    const revision = this.#jobs[0]?.set.revision ?? ''
    this.#send({ kind: 'ask', revision, questions: this.#jobs.map((one) => one.text) })
  }

  #takeAnswer(answer: Answer, forgotten: { readonly rules: number; readonly authorizations: number }): void {
    const [job] = this.#jobs
    if (job === undefined) throw new Error('a thread answered more than it was asked')
    const verdict = this.#assemble(answer, job)
    this.#jobs.shift()
    this.#rules.forgetBelow(forgotten.rules)
    this.#authorizations.forgetBelow(forgotten.authorizations)
    if (this.#jobs.length > 0) this.#expectAnswer()
    else this.#rest()
    job.settle(verdict)
  }

  #assemble({ decision, result, rules, authorization, errors, missing }: Answer, { set, factsDigest }: Job): Settled {
    return {
      ...(missing === undefined ? {} : { missing }),
      decision,
      result,
      rules: rules.map((part) => this.#rules.take(part)),
      authorization: this.#authorizations.take(authorization),
      revision: set.revision,
      factsDigest,
      errors,
    }
  }

  /** Sets that were used longest ago go: the thread holds each as parsed policies and plans. */
  #makeRoom(): void {
    const [oldest] = this.#sets
    if (this.#sets.size < setsMax || oldest === undefined) return
    this.#sets.delete(oldest)
    this.#send({ kind: 'unload', revision: oldest })
  }

  #rest(): void {
    clearTimeout(this.#timer)
    this.#phase = 'idle'
    // an engine that nobody closes does not keep a process alive
    this.#worker.unref()
    this.#options.onIdle(this)
  }

  /** A question that ended a thread before has more time: it may have been the machine that was busy. */
  #expectAnswer(): void {
    const isSecondTry = (this.#jobs[0]?.failures ?? 0) > 0
    this.#expectWithin(this.#options.timeoutMs * (isSecondTry ? secondTryFactor : 1))
  }

  #expectWithin(ms: number): void {
    clearTimeout(this.#timer)
    const timer = setTimeout(() => {
      // what the thread sent while this one was busy is taken first
      setImmediate(() => {
        if (this.#timer === timer) this.#kill('timeout')
      })
    }, ms)
    this.#timer = timer
  }

  #kill(reason: SlotEnd['reason']): void {
    this.#reason = reason
    this.#worker.terminate().catch(() => undefined)
  }

  #end(detail: string): void {
    clearTimeout(this.#timer)
    const isCulprit = this.#phase === 'answering'
    this.#phase = 'ended'
    const end = {
      jobs: this.#jobs.splice(0),
      isCulprit,
      wasReady: this.#wasReady,
      reason: this.#reason,
      detail: this.#detail ?? detail,
    }
    this.#options.onEnd(this, end)
  }

  #send(message: ToThread): void {
    this.#worker.postMessage(message)
  }
}

/** Answers that a thread sent once and names by number from then on. */
class Kept<T> {
  readonly #values = new Map<number, T>()
  #below = 0

  take(part: Part<T>): T {
    if (!('number' in part)) return part.value
    if (part.value !== undefined) this.#values.set(part.number, part.value)
    const value = this.#values.get(part.number)
    if (value === undefined) throw new Error('a thread named an answer that it never gave')
    return value
  }

  forgetBelow(number: number): void {
    if (number <= this.#below) return
    this.#below = number
    for (const known of this.#values.keys()) {
      if (known >= number) return
      this.#values.delete(known)
    }
  }
}
