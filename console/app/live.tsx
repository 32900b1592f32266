import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { concerns } from '../kit/api.tsx'

type LiveState = 'connecting' | 'live' | 'paused' | 'waiting'

const words: Readonly<Record<LiveState, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  paused: 'Paused',
  waiting: 'Reconnecting',
}

/** Follows what changes on the server, and asks again for what is shown of it; pressing it holds the page still. */
export function Live() {
  const [isPaused, setPaused] = useState(false)
  const state = useStream(isPaused)
  return (
    <button
      type="button"
      className="live-button"
      aria-pressed={isPaused}
      aria-label={words[state]}
      title={isPaused ? 'Go on: lists follow what happens' : 'Pause: nothing on this page changes by itself'}
      onClick={() => setPaused(!isPaused)}
    >
      <span className={state === 'live' ? 'live-dot' : 'live-dot paused'} aria-hidden="true" />
      <span className="live-word">{words[state]}</span>
    </button>
  )
}

const retryMs = 15_000

function useStream(isPaused: boolean): LiveState {
  const client = useQueryClient()
  const [state, setState] = useState<LiveState>('connecting')
  const [attempt, setAttempt] = useState(0)
  const wasOpen = useRef(false)
  useEffect(() => {
    if (isPaused) {
      setState('paused')
      return undefined
    }
    const source = new EventSource('/v1/events/stream')
    let timer: number | undefined
    source.onopen = () => {
      setState('live')
      // what happened while nobody listened
      if (wasOpen.current) void client.invalidateQueries()
      wasOpen.current = true
    }
    source.onerror = () => {
      setState('waiting')
      // a refusal ends the stream for good: the session is over, or there are too many
      if (source.readyState === EventSource.CLOSED) timer = window.setTimeout(() => setAttempt(attempt + 1), retryMs)
    }
    source.addEventListener('changed', (event) => {
      const { kinds } = JSON.parse(event.data) as { kinds: string[] }
      void client.invalidateQueries({ predicate: ({ meta }) => concerns(meta, kinds) })
    })
    return () => {
      source.close()
      window.clearTimeout(timer)
    }
  }, [client, isPaused, attempt])
  return state
}
