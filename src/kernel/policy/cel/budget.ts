/**
 * What one expression may build: characters of texts and elements of lists. CEL bounds neither, and a thread that runs out
 * of memory at once takes the whole process with it.
 */
export interface Budget {
  /** @throws Error when an expression builds more than it may */
  spend(units: number): void
  /** Runs `evaluate` with a budget of its own; the one around it, of an expression that uses a variable, is left alone. */
  within<T>(evaluate: () => T): T
}

const unitsMax = 1_000_000

export function createBudget(): Budget {
  let left = unitsMax
  return {
    spend: (units) => {
      left -= units
      if (left < 0) throw new Error(`it builds more than ${unitsMax} characters and elements`)
    },
    within: (evaluate) => {
      const before = left
      left = unitsMax
      try {
        return evaluate()
      } finally {
        left = before
      }
    },
  }
}
