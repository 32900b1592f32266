import { randomBytes, randomFillSync } from 'node:crypto'

const drawn = new Uint8Array(4096)
let used = drawn.length

/**
 * A few bytes of the system's random generator, for ids, salts and nonces. They are drawn from it by the page, because asking
 * costs as much for twelve bytes as for thousands; each is given out once, and none is kept that was. Keys and tokens ask the
 * system themselves.
 */
export function fewRandomBytes(count: number): Buffer {
  if (count > drawn.length / 16) return randomBytes(count)
  if (used + count > drawn.length) {
    randomFillSync(drawn)
    used = 0
  }
  const bytes = Buffer.from(drawn.subarray(used, used + count))
  drawn.fill(0, used, used + count)
  used += count
  return bytes
}
