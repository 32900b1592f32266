import { type FileHandle, open } from 'node:fs/promises'
import type { ByteSource } from './zip/read-zip.ts'

/** A file as a source; `close` it in the end. */
export async function openFileSource(path: string): Promise<ByteSource & { close(): Promise<void> }> {
  const file = await open(path, 'r')
  const { size } = await statFile(file)
  return {
    size,
    read: async (offset, length) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)))
      let at = 0
      while (at < bytes.length) {
        const { bytesRead } = await file.read(bytes, at, bytes.length - at, offset + at)
        if (bytesRead === 0) throw new Error('the file became shorter while it was read')
        at += bytesRead
      }
      return bytes
    },
    close: () => file.close(),
  }
}

async function statFile(file: FileHandle): Promise<{ size: number }> {
  const stat = await file.stat()
  if (stat.isFile()) return stat
  await file.close()
  throw Object.assign(new Error('not a file'), { code: 'EISDIR' })
}
