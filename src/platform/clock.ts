/** Milliseconds since 1970-01-01T00:00:00Z. Passed in wherever time is read, so that tests own it. */
export type Clock = () => number

export const systemClock: Clock = () => Date.now()

/** UTC, milliseconds, ends in `Z`: the one form of time on the wire. */
export function timestamp(atMs: number): string {
  return new Date(atMs).toISOString()
}
