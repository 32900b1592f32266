/** An answer with the number under which whoever receives answers keeps it. */
export interface Numbered<T> {
  readonly number: number
  readonly value: T
  /** Whether it was made just now, so that nobody has it yet. */
  readonly isNew: boolean
}

/**
 * Answers by what decides them, bounded: two generations, of which the older goes when the younger is full, so that what is
 * asked for stays. Answers are numbered; numbers only grow.
 */
export interface Memo<T> {
  get(key: string, make: () => T): Numbered<T>
  /** Every number below is forgotten. */
  readonly forgottenBelow: number
}

export function createMemo<T>(entriesMax: number): Memo<T> {
  let [young, old] = [new Map<string, Entry<T>>(), new Map<string, Entry<T>>()]
  let [next, youngFrom, forgottenBelow] = [0, 0, 0]
  const add = (key: string, value: T): Numbered<T> => {
    if (young.size >= entriesMax) {
      forgottenBelow = youngFrom
      ;[old, young, youngFrom] = [young, new Map(), next]
    }
    const number = next++
    young.set(key, { number, value })
    return { number, value, isNew: true }
  }
  return {
    get: (key, make) => {
      const found = young.get(key)
      if (found !== undefined) return { ...found, isNew: false }
      const before = old.get(key)
      return add(key, before === undefined ? make() : before.value)
    },
    get forgottenBelow() {
      return forgottenBelow
    },
  }
}

interface Entry<T> {
  readonly number: number
  readonly value: T
}
