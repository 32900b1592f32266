import { PassThrough } from 'node:stream'
import { z } from 'zod'
import { type Module, route } from '#kernel/ledger'
import { defineError } from '#platform/errors.ts'
import { createLiveFeed, type LiveFeed } from './live-feed.ts'
import type { Services } from './modules.ts'
import { createSessionWatch, type SessionWatch } from './session-watch.ts'

export const TooManyStreams = defineError<{ max: number; retryAfterSeconds: number }>(
  'too_many_streams',
  429,
  ({ max }) => `there are ${max} open streams, which is the most`,
  'close other pages of the console, or ask for lists instead',
)

const streamsMax = 200
const streamsOfOneMax = 8
const beatMs = 15_000

/** Tells pages what changed, so that they ask again: server-sent events. */
export function liveModule(services: Services): Module {
  const feed = createLiveFeed(services.ledger, services.log)
  const watch = createSessionWatch(services)
  const open = new Map<string, number>()
  return {
    name: 'live',
    migrations: [],
    routes: [
      route({
        method: 'GET',
        path: '/v1/events/stream',
        permission: 'signed-in',
        summary:
          'streams which kinds of things changed (server-sent events `changed`: `{kinds, size}`), and none of their content',
        reply: { contentType: 'text/event-stream; charset=utf-8', description: 'server-sent events' },
        errors: [TooManyStreams],
        handler: async (ctx, { exchange }) => {
          const holder = ctx.sessionId ?? 'none'
          const ofHolder = open.get(holder) ?? 0
          if (feed.listeners >= streamsMax) throw TooManyStreams({ max: streamsMax, retryAfterSeconds: 30 })
          if (ofHolder >= streamsOfOneMax) throw TooManyStreams({ max: streamsOfOneMax, retryAfterSeconds: 30 })
          open.set(holder, ofHolder + 1)
          const since = z.coerce.number().int().nonnegative().safeParse(exchange.header('last-event-id')).data
          const content = stream({ feed, watch, holder }, since, exchange.closed(), () => {
            const left = (open.get(holder) ?? 1) - 1
            if (left === 0) open.delete(holder)
            else open.set(holder, left)
          })
          return { content, headers: { 'cache-control': 'no-store', 'x-accel-buffering': 'no' } }
        },
      }),
    ],
    events: [],
    errors: [TooManyStreams],
    permissions: [],
    jobs: [],
  }
}

interface Sources {
  readonly feed: LiveFeed
  readonly watch: SessionWatch
  /** The session that listens. */
  readonly holder: string
}

function stream(
  { feed, watch, holder }: Sources,
  since: number | undefined,
  closed: AbortSignal,
  onEnd: () => void,
): PassThrough {
  const out = new PassThrough()
  out.write('retry: 3000\n\n')
  const stopListening = feed.listen(({ kinds, size }) => {
    out.write(`event: changed\nid: ${size}\ndata: ${JSON.stringify({ kinds, size })}\n\n`)
  }, since)
  // whose session has ended, or who may no longer sign in, hears nothing more
  const stopWatching = watch.add(holder, () => out.end())
  // a slow reader is let go rather than waited for
  const beat = setInterval(() => {
    if (out.writableLength < 65_536) out.write(': still here\n\n')
    else out.end()
  }, beatMs)
  beat.unref()
  out.once('close', () => {
    stopListening()
    stopWatching()
    clearInterval(beat)
    onEnd()
  })
  closed.addEventListener('abort', () => out.destroy(), { once: true })
  return out
}
