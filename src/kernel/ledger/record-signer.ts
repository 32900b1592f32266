import { createPrivateKey, type KeyObject } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import { type Signer, signerFromPem } from './core/index.ts'
import { signingThread } from './signing-thread.ts'

/** Signs records, a few at once on this thread and many on another. */
export interface RecordSigner extends Signer {
  /** Signatures in the order of the messages. */
  signMany(messages: readonly Uint8Array[]): Promise<readonly Uint8Array[]>
}

/** Below it, handing the work to another thread costs this one more than doing it. */
const threadPays = 16

/**
 * The signer of a PKCS #8 PEM text. Its thread starts with the first long list and keeps no process alive; when it dies, what
 * it had is signed here, and the next long list starts another.
 *
 * @param threadCode what the thread runs
 * @throws LedgerError `key_invalid`
 */
export function recordSigner(pem: string, threadCode: string = signingThread): RecordSigner {
  const signer = signerFromPem(pem)
  const key = createPrivateKey(pem)
  let thread: SigningThread | undefined
  const signHere = (messages: readonly Uint8Array[]) => messages.map((message) => signer.sign(message))
  return {
    ...signer,
    signMany: async (messages) => {
      if (messages.length < threadPays) return signHere(messages)
      thread ??= startThread(threadCode, key, () => {
        thread = undefined
      })
      return (await thread(messages)) ?? signHere(messages)
    },
  }
}

/** Answers undefined when the thread died. */
type SigningThread = (messages: readonly Uint8Array[]) => Promise<readonly Uint8Array[] | undefined>

const signatureBytes = 64

function startThread(code: string, key: KeyObject, died: () => void): SigningThread {
  const worker = new Worker(code, { eval: true, workerData: { key }, execArgv: [] })
  worker.unref()
  const waiting: ((signatures: Uint8Array | undefined) => void)[] = []
  worker.on('message', (signatures: Uint8Array) => {
    waiting.shift()?.(signatures)
    if (waiting.length === 0) worker.unref()
  })
  // `exit` follows
  worker.on('error', () => undefined)
  worker.on('exit', () => {
    died()
    for (const resolve of waiting.splice(0)) resolve(undefined)
  })
  return async (messages) => {
    const lengths = Uint32Array.from(messages, (message) => message.length)
    const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0))
    let at = 0
    for (const message of messages) {
      bytes.set(message, at)
      at += message.length
    }
    const signatures = await new Promise<Uint8Array | undefined>((resolve) => {
      waiting.push(resolve)
      worker.ref()
      worker.postMessage({ bytes, lengths }, [bytes.buffer])
    })
    return signatures && messages.map((_, i) => signatures.subarray(i * signatureBytes, (i + 1) * signatureBytes))
  }
}
