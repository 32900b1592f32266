import type { Worker } from 'node:worker_threads'
import { startThread } from '#platform/worker.ts'
import type { FromThread, ThreadData } from './messages.ts'

/** A thread of the engine; it ends itself on a trap, and is ended from outside when it hangs. */
export function startPolicyThread(data: ThreadData): Worker {
  return startThread('policy-thread', new URL('./thread.ts', import.meta.url), {
    workerData: data,
    // what a rule builds up (texts that double, lists of lists) ends its thread and not the process
    resourceLimits: { maxOldGenerationSizeMb: 512, stackSizeMb: 4 },
  })
}

/** Calls `take` with each message, and `end` once when the thread is gone, with the reason when it did not end by itself. */
export function listen(worker: Worker, take: (message: FromThread) => void, end: (reason: string) => void): void {
  const state = { reason: 'it ended' }
  worker.on('message', take)
  worker.on('error', (error: unknown) => {
    state.reason = error instanceof Error ? error.message : String(error)
  })
  worker.on('exit', () => end(state.reason))
}
