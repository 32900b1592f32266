import type { MessagePort } from 'node:worker_threads'
import { openBundle } from './bundle.ts'
import { type LoadedBundle, loadBundle } from './load.ts'
import type { FromRunner, ToRunner } from './messages.ts'

/** Runs bundles in this thread until it is ended. A policy that traps leaves its instance in no known state, so it ends the thread. */
export function runBundles(port: MessagePort, send: (message: FromRunner) => void): void {
  const loaded = new Map<string, LoadedBundle>()
  // the SDK prints what policies print
  console.log = () => undefined
  console.error = () => undefined
  port.on('message', (message: ToRunner) => {
    if (message.kind === 'probe') send({ kind: 'runner-probed' })
    else if (message.kind === 'unload') loaded.delete(message.digest)
    else if (message.kind === 'load') void load(loaded, message).then(send)
    else send(ask(loaded, message))
  })
  send({ kind: 'runner-ready' })
}

async function load(
  loaded: Map<string, LoadedBundle>,
  { digest, bytes }: Extract<ToRunner, { kind: 'load' }>,
): Promise<FromRunner> {
  try {
    const { revision, ...parts } = openBundle(bytes)
    loaded.set(digest, await loadBundle(parts))
    return { kind: 'bundle-loaded', error: null, revision, entrypoints: parts.entrypoints }
  } catch (error) {
    return { kind: 'bundle-loaded', error: wordsOf(error), revision: '', entrypoints: [] }
  }
}

function ask(loaded: Map<string, LoadedBundle>, message: Extract<ToRunner, { kind: 'ask' }>): FromRunner {
  const bundle = loaded.get(message.digest)
  if (bundle === undefined) throw new Error('a question came before its bundle')
  const result = bundle.evaluate(message.entrypoint, message.input)
  return { kind: 'bundle-answered', isDefined: result !== undefined, result: result ?? null }
}

/** The SDK throws texts and plain objects as well. */
function wordsOf(error: unknown): string {
  if (typeof error === 'string') return error.slice(0, 300)
  const { message } = (error ?? {}) as { readonly message?: unknown }
  return typeof message === 'string' ? message.slice(0, 300) : 'it cannot be loaded'
}
