/** An answer with the number under which whoever receives answers keeps it. */
export interface Numbered<T> {
  readonly number: number
  readonly value: T
  /** Whether it was given to the receiver, who from then on needs the number only. */
  isSent: boolean
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
  let [young, old] = [new Map<string, Numbered<T>>(), new Map<string, Numbered<T>>()]
  let [next, youngFrom, forgottenBelow] = [0, 0, 0]
  const add = (key: string, value: T): Numbered<T> => {
    if (young.size >= entriesMax) {
      forgottenBelow = youngFrom
      ;[old, young, youngFrom] = [young, new Map(), next]
    }
    const entry = { number: next++, value, isSent: false }
    young.set(key, entry)
    return entry
  }
  return {
    get: (key, make) => young.get(key) ?? add(key, old.get(key)?.value ?? make()),
    get forgottenBelow() {
      return forgottenBelow
    },
  }
}
