/**
 * Memory for `length` bytes that are about to be read. Whoever passes it to a reader says how long the bytes are needed, so
 * that the same memory serves again: V8 collects the whole heap for each 64 MiB of new buffers, which reading a log of
 * bundles of 200 KiB one after the other would come to ten times a second.
 */
export type MemoryFor = (length: number) => Uint8Array

/** One piece of memory, as large as the largest that was asked of it. What was given before is overwritten. */
export function memory(): MemoryFor {
  let held = new Uint8Array(0)
  return (length) => {
    if (held.length < length) held = new Uint8Array(roundedUp(length))
    return held.subarray(0, length)
  }
}

/** So that bundles that differ by little fit into what was made for one of them. */
function roundedUp(length: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(length, 64 * 1024)))
}
