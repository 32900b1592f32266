import { alive } from '#kernel/access'
import type { Services } from './modules.ts'

/** Tells whoever goes on for a session when that session has ended. */
export interface SessionWatch {
  /** Calls `onEnd` once, within a second of the end, whichever node ended it. Answers how to stop watching. */
  add(sessionId: string, onEnd: () => void): () => void
}

const lookEveryMs = 500

/** Asks for all watched sessions at once, and only while there are any. */
export function createSessionWatch({ db, clock, log }: Pick<Services, 'db' | 'clock' | 'log'>): SessionWatch {
  const watched = new Map<() => void, string>()
  let timer: NodeJS.Timeout | undefined
  const look = async () => {
    // whoever comes while this is asked was not asked about
    const asked = [...watched]
    const living = await alive(db, clock, [...new Set(asked.map(([, sessionId]) => sessionId))])
    for (const [onEnd, sessionId] of asked) if (!living.has(sessionId) && watched.delete(onEnd)) onEnd()
  }
  const tick = () => {
    timer = setTimeout(() => {
      look()
        .catch((error: unknown) => {
          // who cannot be asked about is not let listen on
          log.warn({ event: 'session-watch.failed', error })
          for (const onEnd of watched.keys()) onEnd()
          watched.clear()
        })
        .finally(() => {
          if (watched.size > 0) tick()
          else timer = undefined
        })
    }, lookEveryMs)
    timer.unref()
  }
  return {
    add: (sessionId, onEnd) => {
      const own = () => onEnd()
      watched.set(own, sessionId)
      if (timer === undefined) tick()
      return () => void watched.delete(own)
    },
  }
}
