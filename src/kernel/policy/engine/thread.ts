import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { FromThread, ThreadData } from './messages.ts'

// The entry of a thread of the policy engine: `policy-thread.js` in the build.
if (parentPort !== null) await start(parentPort, workerData as ThreadData)

/** Each task loads what it needs and no more: a thread that compiles lives for one text. */
async function start(port: MessagePort, data: ThreadData): Promise<void> {
  const send = (message: FromThread) => port.postMessage(message)
  if (data.task === 'compile') {
    const { compileCedarHere } = await import('../cedar/compile.ts')
    send({ kind: 'compiled', compiled: compileCedarHere(data.input) })
    port.close()
    return
  }
  if (data.task === 'run-bundles') {
    const { runBundles } = await import('../opa-bundle/run.ts')
    runBundles(port, send)
    return
  }
  if (data.task === 'test') {
    const { runTestsHere } = await import('../pack-tests/run-here.ts')
    send({ kind: 'tested', report: runTestsHere(data.input) })
    port.close()
    return
  }
  const { answer } = await import('./answer.ts')
  answer(port, send)
}
