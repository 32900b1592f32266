import type { Ledger } from '#kernel/ledger'
import { parseEntry } from '#kernel/ledger'
import type { Log } from '#platform/log.ts'

/** What was recorded since one looked: the nouns of the events, such as `change`, and the size of the log. */
export interface Changed {
  readonly kinds: readonly string[]
  readonly size: number
}

export interface LiveFeed {
  /** Tells the listener of everything published from now on, or since the log had `since` records. Answers how to end it. */
  listen(listener: (changed: Changed) => void, since: number | undefined): () => void
  readonly listeners: number
}

const lookEveryMs = 500
/** Records that are looked at one by one; of more, it is only said that anything may have changed. */
const readMax = 2048
/** Stands for all kinds. */
const anything = '*'

/**
 * Follows the published log for whoever shows it, and only while somebody does. Reads of records are no news: telling of them
 * would make pages read again, which is recorded, and so on.
 */
export function createLiveFeed(ledger: Ledger, log: Log): LiveFeed {
  const listeners = new Map<(changed: Changed) => void, { size: number }>()
  let timer: NodeJS.Timeout | undefined
  const look = async () => {
    const { size } = await ledger.published.checkpoint()
    for (const [listener, seen] of listeners) {
      if (seen.size >= size) continue
      const kinds = await kindsSince(ledger, seen.size, size)
      seen.size = size
      if (kinds.length > 0) listener({ kinds, size })
    }
  }
  const tick = () => {
    timer = setTimeout(() => {
      look()
        .catch((error: unknown) => log.warn({ event: 'live-feed.failed', error }))
        .finally(() => {
          if (listeners.size > 0) tick()
          else timer = undefined
        })
    }, lookEveryMs)
    timer.unref()
  }
  return {
    listen: (listener, since) => {
      // until the first look nothing is known: a size beyond any log waits for it
      const seen = { size: since ?? Number.MAX_SAFE_INTEGER }
      if (since === undefined)
        ledger.published.checkpoint().then(
          ({ size }) => {
            seen.size = size
          },
          () => undefined,
        )
      listeners.set(listener, seen)
      if (timer === undefined) tick()
      return () => void listeners.delete(listener)
    },
    get listeners() {
      return listeners.size
    },
  }
}

async function kindsSince(ledger: Ledger, from: number, size: number): Promise<string[]> {
  if (size - from > readMax) return [anything]
  const nouns = new Set<string>()
  for (let at = from; at < size; ) {
    const entries = await ledger.published.entriesFrom(at)
    if (entries.length === 0) break
    for (const entry of entries.slice(0, size - at)) {
      const { type } = parseEntry(entry).p
      if (type !== 'ledger.read' && type !== 'ledger.read-more') nouns.add(type.split('.')[0] ?? type)
    }
    at += entries.length
  }
  return nouns.size === 0 ? [] : [...nouns, 'record']
}
