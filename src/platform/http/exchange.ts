import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Exchange } from './route.ts'

export function exchangeOf(request: FastifyRequest, reply: FastifyReply): Exchange {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  return {
    protocol: request.protocol,
    host: request.host,
    header: (name) => [request.headers[name.toLowerCase()]].flat()[0],
    cookie: (name) => cookieOf(request, name),
    setHeader: (name, value) => void reply.header(name, value),
    closed: gone.signal,
  }
}

/** The first cookie of that name; browsers send the one of the most specific path first. */
export function cookieOf(request: FastifyRequest, name: string): string | undefined {
  const pair = (request.headers.cookie ?? '').split('; ').find((one) => one.startsWith(`${name}=`))
  return pair?.slice(name.length + 1)
}
