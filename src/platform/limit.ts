/** Lets at most `max` of the works it is given run at once; the others wait in their order. */
export function atMost(max: number): <R>(work: () => Promise<R>) => Promise<R> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= max) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await work()
    } finally {
      // whoever waits takes over the place, so that nobody new comes before it
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
