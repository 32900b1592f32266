import { generateKeyPairSync, sign } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { median, rateOf } from './statistics.ts'

/** How many times a second this disk makes 256 KiB of new bytes durable, one after the other. */
export async function syncsPerSecond(folder: string, ms: number): Promise<number> {
  const file = await open(join(folder, 'sync-probe'), 'w')
  const bytes = Buffer.alloc(256 * 1024, 1)
  const took: number[] = []
  try {
    for (const until = performance.now() + ms; performance.now() < until; ) {
      const startedAt = performance.now()
      await file.write(bytes)
      await file.datasync()
      took.push(performance.now() - startedAt)
    }
  } finally {
    await file.close()
  }
  return 1000 / median(took)
}

/** Ed25519 signatures of one thread, over a record's worth of bytes. */
export function signaturesPerSecond(ms: number): number {
  const { privateKey } = generateKeyPairSync('ed25519')
  const message = Buffer.alloc(800, 1)
  return rateOf(ms, () => sign(null, message, privateKey))
}
