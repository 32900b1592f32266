import { createHash, randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm, writeFile } from 'node:fs/promises'
import type { Raw } from '#platform/http/route.ts'
import { PackFileGone } from './errors.ts'

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

/**
 * A file that was made, as a reply. Size and content are those of one file, even when a new one takes its name meanwhile.
 *
 * @param note records the read, once it is known that there is something to read
 * @throws pack_file_gone
 */
export async function sendMade(
  path: string,
  headers: Readonly<Record<string, string>>,
  note: () => Promise<void> = async () => undefined,
): Promise<Raw> {
  const file = await openMade(path)
  try {
    await note()
    const { size } = await file.stat()
    const common = { 'content-length': String(size), 'cache-control': 'no-store' }
    return { content: file.createReadStream(), headers: { ...common, ...headers } }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** How an evidence pack is sent. */
export const packHeaders = { 'content-disposition': 'attachment; filename="evidence-pack.zip"' }

async function openMade(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw PackFileGone({}, error)
    throw error
  }
}
