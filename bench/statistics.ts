/** The value that the share `of` of `values` does not exceed (nearest rank). */
export function percentile(values: readonly number[], of: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil(sorted.length * of) - 1)]
  if (value === undefined) throw new Error('there is nothing to take a percentile of')
  return value
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** Times `work` in milliseconds. */
export async function timed<R>(work: () => Promise<R>): Promise<{ readonly ms: number; readonly result: R }> {
  const startedAt = performance.now()
  const result = await work()
  return { ms: performance.now() - startedAt, result }
}

/** How often `work` runs in a second, tried for `ms`. */
export function rateOf(ms: number, work: () => void): number {
  const startedAt = performance.now()
  let times = 0
  while (performance.now() - startedAt < ms) {
    work()
    times++
  }
  return (times / (performance.now() - startedAt)) * 1000
}
