import { listen, startPolicyThread } from '../engine/start-thread.ts'
import type { FromRunner, ToRunner } from './messages.ts'

/** Why a thread gave no answer; it is of no use any more. */
export class RunnerFault extends Error {
  readonly kind: 'timeout' | 'crash'

  constructor(kind: 'timeout' | 'crash', message: string) {
    super(message)
    this.name = 'RunnerFault'
    this.kind = kind
  }
}

/** A thread that is asked one thing at a time. */
export interface RunnerThread {
  /** @throws RunnerFault */
  request(message: ToRunner, withinMs: number): Promise<FromRunner>
  /** For what has no answer. */
  send(message: ToRunner): void
  close(): Promise<void>
}

const startTimeoutMs = 30_000

interface Waiting {
  readonly resolve: (message: FromRunner) => void
  readonly reject: (fault: RunnerFault) => void
}

export function startRunnerThread(): RunnerThread {
  const worker = startPolicyThread({ task: 'run-bundles' })
  let waiting: Waiting | undefined
  let ended: RunnerFault | undefined
  listen(
    worker,
    (message) => waiting?.resolve(message as FromRunner),
    (reason) => {
      ended = new RunnerFault('crash', reason)
      waiting?.reject(ended)
    },
  )
  // what nobody waits for keeps no process alive; the timer of a question does
  worker.unref()
  const next = (withinMs: number) =>
    new Promise<FromRunner>((resolve, reject) => {
      if (ended !== undefined) return reject(ended)
      const timer = setTimeout(() => settle(() => reject(new RunnerFault('timeout', 'it takes too long'))), withinMs)
      const settle = (end: () => void) => {
        clearTimeout(timer)
        waiting = undefined
        end()
      }
      waiting = { resolve: (message) => settle(() => resolve(message)), reject: (fault) => settle(() => reject(fault)) }
    })
  let ready: Promise<FromRunner> | undefined = next(startTimeoutMs)
  ready.catch(() => undefined)
  return {
    request: async (message, withinMs) => {
      await ready
      ready = undefined
      const answer = next(withinMs)
      if (ended === undefined) worker.postMessage(message)
      return answer
    },
    send: (message) => worker.postMessage(message),
    close: async () => {
      await worker.terminate()
    },
  }
}
