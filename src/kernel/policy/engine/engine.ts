import { availableParallelism } from 'node:os'
import { canonicalize, type Json } from '#platform/canonical-json.ts'
import type { Log } from '#platform/log.ts'
import type { AccessSet } from '../authority/access-set.ts'
import type { AccessVerdict, Question, Verdict } from '../model.ts'
import { type BundleRunner, createBundleRunner } from '../opa-bundle/runner.ts'
import type { PolicySet } from '../policy-set.ts'
import { questionText } from '../question.ts'
import { unanswered } from '../verdict.ts'
import { type AskedSet, type Job, openSlot, type Settled, type Slot, type SlotEnd } from './slot.ts'

export interface PolicyEngineOptions {
  /** Most threads; by default one for each processor, at most 4. They start when questions come. */
  readonly workers?: number
  /** How long a thread may be at one question. */
  readonly timeoutMs?: number
  readonly log: Log
}

/** Decides in threads of its own; whatever goes wrong there denies here. */
export interface PolicyEngine {
  /** @throws json_invalid when the question cannot be written as JSON */
  decide(set: PolicySet, question: Question): Promise<Verdict>
  /**
   * Whether somebody may do something, by policies alone; whatever goes wrong denies and stands in `errors`.
   *
   * @throws json_invalid when the request cannot be written as JSON
   */
  authorize(set: AccessSet, request: Question['request']): Promise<AccessVerdict>
  /** The verdicts in the order of the questions. */
  decideMany(set: PolicySet, questions: readonly Question[]): Promise<Verdict[]>
  figures(): EngineFigures
  /** For bundles of OPA, in a thread of their own; it starts with the first. */
  readonly bundles: BundleRunner
  /** Starts a thread before questions come, for whom the first answer may not wait for it; it may end as any idle one. */
  warm(): void
  /** Whether a thread starts and answers as it should. */
  isWell(): Promise<boolean>
  /** Ends the threads; what waits is denied. */
  close(): Promise<void>
}

export interface EngineFigures {
  readonly answered: number
  /** Denied because no thread could answer. */
  readonly unanswered: number
  readonly timeouts: number
  /** Threads that ended and were replaced. */
  readonly restarts: number
  readonly queued: number
  readonly threads: number
}

const defaultTimeoutMs = 500
/** Questions that go to a thread at once: enough to hide the way there and back. */
const batchMax = 32
const probeEveryMs = 1000
/** A thread and its WebAssembly instance take some 80 MB; a process where nothing is decided gets them back. */
const idleForMs = 60_000
/** After so many failed starts in a row, questions are denied at once for `retryAfterMs`. */
const startFailuresMax = 3
const retryAfterMs = 1000

export function createPolicyEngine(options: PolicyEngineOptions): PolicyEngine {
  return new Engine(options)
}

class Engine implements PolicyEngine {
  readonly bundles: BundleRunner
  readonly #options: Required<PolicyEngineOptions>
  readonly #slots = new Set<Slot>()
  readonly #queue: Job[] = []
  readonly #counts = { answered: 0, unanswered: 0, timeouts: 0, restarts: 0 }
  #startFailures = 0
  #downUntil = 0
  #usedAt = 0
  #isClosed = false
  #watch: NodeJS.Timeout | undefined

  constructor({ workers, timeoutMs, log }: PolicyEngineOptions) {
    const threads = Math.max(1, Math.min(4, availableParallelism()))
    this.#options = { workers: workers ?? threads, timeoutMs: timeoutMs ?? defaultTimeoutMs, log }
    this.bundles = createBundleRunner({ timeoutMs: this.#options.timeoutMs, log })
  }

  async decide(set: PolicySet, question: Question): Promise<Verdict> {
    const { text, factsDigest } = questionText(question)
    return this.#ask(set, text, factsDigest)
  }

  async authorize(set: AccessSet, request: Question['request']): Promise<AccessVerdict> {
    const text = canonicalize(request as unknown as Json)
    const { authorization, errors, missing = [] } = await this.#ask({ ...set, of: 'access' }, text, '')
    return { ...authorization, errors: [...errors, ...authorization.errors], missing }
  }

  #ask(set: AskedSet, text: string, factsDigest: string): Promise<Settled> {
    return new Promise((resolve) => {
      const settle = (verdict: Settled) => {
        this.#counts[isUnanswered(verdict) ? 'unanswered' : 'answered']++
        resolve(verdict)
      }
      this.#queue.push({ set, text, factsDigest, failures: 0, settle })
      this.#dispatch()
    })
  }

  decideMany(set: PolicySet, questions: readonly Question[]): Promise<Verdict[]> {
    return Promise.all(questions.map((question) => this.decide(set, question)))
  }

  figures(): EngineFigures {
    return { ...this.#counts, queued: this.#queue.length, threads: this.#slots.size }
  }

  warm(): void {
    if (this.#refusal() === undefined) this.#startWhenNeeded()
  }

  isWell(): Promise<boolean> {
    return new Promise((resolve) => {
      const slot = openSlot({
        timeoutMs: this.#options.timeoutMs,
        // it rests after its first probe
        onIdle: () => {
          resolve(true)
          slot.close().catch(() => undefined)
        },
        onEnd: () => resolve(false),
      })
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#watch)
    await Promise.all([...[...this.#slots].map((slot) => slot.close()), this.bundles.close()])
    this.#denyAll('engine_closed')
  }

  #dispatch(): void {
    const refusal = this.#refusal()
    if (refusal !== undefined) this.#denyAll(refusal)
    if (this.#queue.length === 0) return
    this.#usedAt = performance.now()
    for (const slot of this.#slots) if (slot.isIdle && this.#queue.length > 0) slot.give(this.#nextBatch())
    if (this.#queue.length > 0) this.#startWhenNeeded()
  }

  /** Why questions are denied at once; undefined when a thread may answer them. */
  #refusal(): string | undefined {
    if (this.#isClosed) return 'engine_closed'
    return this.#slots.size === 0 && performance.now() < this.#downUntil ? 'engine_unavailable' : undefined
  }

  /** Questions of one policy set, from the front; one that a thread ended at goes alone. */
  #nextBatch(): Job[] {
    const [first] = this.#queue
    const fits = (job: Job | undefined) =>
      job !== undefined && job.set.revision === first?.set.revision && job.failures === 0
    let count = 1
    // no thread gets so much that another would have nothing to do
    const most = Math.max(1, Math.min(batchMax, Math.ceil(this.#queue.length / this.#options.workers)))
    if (first?.failures === 0) while (count < most && fits(this.#queue[count])) count++
    return this.#queue.splice(0, count)
  }

  #startWhenNeeded(): void {
    this.#usedAt = performance.now()
    const wanted = this.#queue.length > batchMax ? this.#options.workers : 1
    while (this.#slots.size < wanted) this.#slots.add(this.#openSlot())
    this.#watch ??= setInterval(() => this.#look(), probeEveryMs).unref()
  }

  #openSlot(): Slot {
    return openSlot({
      timeoutMs: this.#options.timeoutMs,
      onIdle: () => {
        this.#startFailures = 0
        this.#dispatch()
      },
      onEnd: (slot, end) => this.#replace(slot, end),
    })
  }

  #replace(slot: Slot, end: SlotEnd): void {
    this.#slots.delete(slot)
    const culprit = end.isCulprit ? end.jobs[0] : undefined
    this.#queue.unshift(...end.jobs.filter((job) => job !== culprit))
    if (end.reason !== 'closed') this.#count(end)
    if (culprit !== undefined) this.#giveAnotherTry(culprit, end.reason)
    if (this.#startFailures >= startFailuresMax) this.#downUntil = performance.now() + retryAfterMs
    this.#dispatch()
  }

  #count({ reason, detail, wasReady }: SlotEnd): void {
    this.#counts.restarts++
    if (reason === 'timeout') this.#counts.timeouts++
    if (!wasReady) this.#startFailures++
    this.#options.log.warn({ event: 'policy-thread.ended', reason, detail })
  }

  /** Once more, alone and on a fresh thread: a busy machine may have stopped the first one. */
  #giveAnotherTry(job: Job, reason: string): void {
    job.failures++
    if (job.failures < 2) this.#queue.unshift(job)
    else this.#deny(job, reason === 'timeout' ? 'engine_timeout' : 'engine_crashed')
  }

  #look(): void {
    if (performance.now() - this.#usedAt > idleForMs) {
      for (const slot of this.#slots) if (slot.isIdle) slot.close().catch(() => undefined)
      return
    }
    for (const slot of this.#slots) if (slot.isIdle) slot.probe()
  }

  #denyAll(error: string): void {
    for (const job of this.#queue.splice(0)) this.#deny(job, error)
  }

  #deny({ set, factsDigest, settle }: Job, error: string): void {
    settle(unanswered(set.revision, factsDigest, error))
  }
}

/** Whether a verdict says only that the engine did not answer: it is a denial, and nothing that could be replayed. */
export function isUnanswered({ errors }: Pick<Verdict, 'errors'>): boolean {
  return errors.some((one) => one.startsWith('engine_'))
}
