/** The UUIDs of a log of known size, exactly, in 32 bytes each: a set of strings would take ten times that. */
export interface IdSet {
  /** Whether `id` was not there before. */
  add(id: string): boolean
}

export function idSet(size: number): IdSet {
  const slots = 2 ** Math.ceil(Math.log2(Math.max(size, 1) * 2))
  const words = new Uint32Array(slots * 4)
  return {
    add: (id) => {
      const hex = id.replaceAll('-', '')
      const given = [0, 8, 16, 24].map((at) => Number.parseInt(hex.slice(at, at + 8), 16))
      // the last words of a version 7 UUID are random, so they spread well
      let slot = ((given[3] ?? 0) ^ Math.imul(given[2] ?? 0, 0x9e37_79b1)) >>> 0
      for (;;) {
        slot %= slots
        const at = slot * 4
        // no UUID is all zero: the version digit is not
        if (words.subarray(at, at + 4).every((word) => word === 0)) {
          words.set(given, at)
          return true
        }
        if (given.every((word, index) => words[at + index] === word)) return false
        slot++
      }
    },
  }
}
