import { createHash, randomBytes } from 'node:crypto'
import { open, rename, rm, writeFile } from 'node:fs/promises'

/** What is written at once: a pack of chosen records has tens of thousands of small members. */
const writeBytes = 1024 * 1024

/** Writes through a temporary file, and answers the digest of what was written. */
export async function writePackFile(
  path: string,
  build: (sink: (chunk: Uint8Array) => Promise<void>) => Promise<{ bytes: number }>,
): Promise<{ sha256: string; bytes: number }> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const hash = createHash('sha256')
  const file = await open(draft, 'wx', 0o600)
  let waiting: Uint8Array[] = []
  let waitingBytes = 0
  const flush = async () => {
    await file.writeFile(Buffer.concat(waiting))
    waiting = []
    waitingBytes = 0
  }
  try {
    const { bytes } = await build(async (chunk) => {
      hash.update(chunk)
      waiting.push(chunk)
      waitingBytes += chunk.length
      if (waitingBytes >= writeBytes) await flush()
    })
    await flush()
    await file.sync()
    await rename(draft, path)
    return { sha256: hash.digest('hex'), bytes }
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, content, { mode: 0o600, flush: true })
  await rename(draft, path)
}
