import { clean, shorten } from './repository/commit.ts'

/** A line `Key: value` of a message, wherever it stands: a squash keeps the trailers of its parts in the middle. */
interface Trailer {
  /** Lower case. */
  readonly key: string
  readonly value: string
}

/** A commit message taken apart once, for everything that reads it. */
export interface Message {
  readonly subject: string
  readonly lines: readonly string[]
  readonly trailers: readonly Trailer[]
}

/** Most lines and trailers of one message that are looked at. */
const messageLinesMax = 2000

export function readMessage(text: string): Message {
  const lines = text
    .trimStart()
    .split('\n', messageLinesMax)
    .map((line) => shorten(line.trimEnd(), 2000))
  const trailers: Trailer[] = []
  for (const line of lines.slice(1)) {
    const found = /^[ \t]{0,4}([A-Za-z][A-Za-z0-9-]{1,40}):[ \t]{1,8}(\S.*)$/.exec(line)
    if (found !== null) trailers.push({ key: (found[1] ?? '').toLowerCase(), value: found[2] ?? '' })
  }
  return { subject: lines[0] ?? '', lines, trailers }
}

/** A person as a trailer or header writes one: `Name <email>`; undefined when there is no address. */
export function readPerson(value: string): { name: string; email: string } | undefined {
  const found = /^([^<>]{0,320})<([^<>\s]{1,320})>/.exec(value)
  return found === null ? undefined : { name: clean(found[1] ?? ''), email: clean(found[2] ?? '') }
}
