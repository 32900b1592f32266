/** One thing that is wrong, with the member of the pack or the record of the log in which it is wrong. */
export interface Problem {
  readonly code: string
  readonly member?: string
  /** Index of the record in the log. */
  readonly index?: number
  readonly message: string
}

export type CheckStatus = 'pass' | 'fail' | 'unknown' | 'not_applicable'

export interface Check {
  readonly name: string
  readonly title: string
  /** `unknown`: what it needs was missing or broken, so it could not be done; the pack is then not verified. */
  readonly status: CheckStatus
  readonly detail: string
}

/** The answer of the verifier, the same in a terminal, in a page and as JSON. */
export interface Verdict {
  readonly result: 'verified' | 'failed'
  /** `unpinned`: the keys came with the pack, so it is whole and consistent, but whose it is you must check yourself. */
  readonly trust: 'pinned' | 'unpinned'
  /** Of the key set that was used: `sha256:` over the RFC 8785 form of `keys.json`. */
  readonly fingerprint: string | null
  readonly origin: string | null
  readonly size: number | null
  /** Hex. */
  readonly root: string | null
  /** `whole`: the whole log is there; `asserted`: records that whoever prepared the pack chose. */
  readonly completeness: 'whole' | 'asserted' | null
  /** What the pack says that it is about, in one line. */
  readonly about: string | null
  readonly preparedBy: string | null
  readonly preparedAt: string | null
  readonly checks: readonly Check[]
  /** At most 100; `problemsOmitted` counts the rest. */
  readonly problems: readonly Problem[]
  readonly problemsOmitted: number
}

/** Text of others, made safe to print: no control, no bidirectional or invisible character, at most `max` long. */
export function printable(text: string, max = 200): string {
  const safe = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, '\uFFFD')
  return safe.length > max ? `${safe.slice(0, max)}…` : safe
}
