/** Numbers that look thrown and are the same each time, so that a seeded company is the same everywhere. */
export interface Random {
  /** At least 0 and less than 1. */
  next(): number
  /** A whole number from `from` to `to`, both possible. */
  between(from: number, to: number): number
  of<T>(items: readonly T[]): T
  chance(share: number): boolean
}

/** Mulberry32 by Tommy Ettinger, public domain. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (from: number, to: number) => from + Math.floor(next() * (to - from + 1))
  return {
    next,
    between,
    of: (items) => items[between(0, items.length - 1)] as (typeof items)[number],
    chance: (share) => next() < share,
  }
}
