import * as logic from './proof-logic.js'

/** The checkpoint that this browser saw last, kept by the browser alone: what a server says later must agree with it. */
export interface Seen {
  readonly origin: string
  readonly vkey: string
  readonly size: number
  /** Base64. */
  readonly root: string
  readonly at: string
}

export type Comparison =
  | {
      readonly result: 'first' | 'same' | 'grown'
      readonly now: Seen
      readonly before: Seen | undefined
      readonly proof: readonly string[]
    }
  | { readonly result: 'changed'; readonly now: Seen | undefined; readonly before: Seen; readonly why: string }

interface Asked {
  readonly checkpoint: () => Promise<string>
  readonly status: () => Promise<{ readonly origin: string; readonly vkey: string }>
  readonly consistency: (from: number, to: number) => Promise<readonly string[]>
}

const key = 'countersign.checkpoint'

export function readSeen(storage: Pick<Storage, 'getItem'>): Seen | undefined {
  try {
    const found: unknown = JSON.parse(storage.getItem(key) ?? 'null')
    return isSeen(found) ? found : undefined
  } catch {
    return undefined
  }
}

/**
 * Compares the log with what this browser saw of it before. Only a log that begins with what was seen takes its place; one that
 * does not is kept out, so that it is found again each time.
 *
 * @throws what asking throws
 */
export async function compareWithSeen(
  asked: Asked,
  storage: Pick<Storage, 'getItem' | 'setItem'>,
): Promise<Comparison> {
  const before = readSeen(storage)
  const { origin, vkey } = await asked.status()
  if (before !== undefined && (before.origin !== origin || before.vkey !== vkey))
    return changed(before, `the log is now named ${origin} and signed by another key`)
  const note = await asked.checkpoint()
  const opened = await logic.openCheckpoint(note, [logic.parseVkey(vkey)], origin).catch(() => undefined)
  if (opened === undefined) return changed(before, 'its checkpoint is not signed by its key')
  const { size } = opened
  if (size < (before?.size ?? 0)) return changed(before, `it has only ${size} records now`)
  const now: Seen = { origin, vkey, size, root: logic.toBase64(opened.root), at: new Date().toISOString() }
  const proof = before === undefined ? [] : await proofBetween(asked, before, now)
  if (proof === undefined) return changed(before, 'no proof leads from what was seen to what it is now')
  storage.setItem(key, JSON.stringify(now))
  if (before === undefined) return { result: 'first', now, before, proof }
  return { result: before.size === size ? 'same' : 'grown', now, before, proof }
}

/** @throws Error where there is nothing to compare with: then the log itself is wrong */
function changed(before: Seen | undefined, why: string): Comparison {
  if (before === undefined) throw new Error(why)
  return { result: 'changed', now: undefined, before, why }
}

async function proofBetween(asked: Asked, before: Seen, now: Seen): Promise<readonly string[] | undefined> {
  if (before.size === now.size) return before.root === now.root ? [] : undefined
  if (before.size === 0) return []
  const proof = await asked.consistency(before.size, now.size)
  try {
    logic.verifyConsistency({
      from: before.size,
      to: now.size,
      fromRoot: bytesOf(before.root),
      toRoot: bytesOf(now.root),
      proof: proof.map(bytesOf),
    })
    return proof
  } catch {
    return undefined
  }
}

function bytesOf(text: string): Uint8Array {
  return logic.fromBase64(text) ?? new Uint8Array(0)
}

function isSeen(value: unknown): value is Seen {
  const { origin, vkey, size, root, at } = (value ?? {}) as Record<string, unknown>
  return [origin, vkey, root, at].every((one) => typeof one === 'string') && Number.isSafeInteger(size)
}
