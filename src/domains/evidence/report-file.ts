import { open } from 'node:fs/promises'
import { EvidenceFileUnreadable, EvidenceTooLarge } from './errors.ts'
import { limits } from './limits.ts'

/**
 * The bytes of a report on this machine, no more than a report may have whatever the file grows to meanwhile.
 *
 * @throws EvidenceFileUnreadable for what is not a plain file that this user may read, EvidenceTooLarge
 */
export async function readReportFile(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw EvidenceFileUnreadable({ path }, error)
  })
  try {
    const status = await file.stat()
    if (!status.isFile()) throw EvidenceFileUnreadable({ path })
    if (status.size > limits.bytes) throw EvidenceTooLarge({ what: 'bytes', max: limits.bytes })
    const bytes = new Uint8Array(status.size)
    const { bytesRead } = await file.read(bytes, 0, status.size, 0)
    return bytes.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
