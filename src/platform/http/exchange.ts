import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Exchange } from './route.ts'

/** @param ending aborted when the server ends */
export function exchangeOf(request: FastifyRequest, reply: FastifyReply, ending: AbortSignal): Exchange {
  return {
    protocol: request.protocol,
    host: request.host,
    address: request.ip,
    header: (name) => [request.headers[name.toLowerCase()]].flat()[0],
    cookie: (name) => cookieOf(request, name),
    setHeader: (name, value) => void reply.header(name, value),
    closed: () => {
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      return AbortSignal.any([gone.signal, ending])
    },
  }
}

/** The first cookie of that name; browsers send the one of the most specific path first. */
export function cookieOf(request: FastifyRequest, name: string): string | undefined {
  const pair = (request.headers.cookie ?? '').split('; ').find((one) => one.startsWith(`${name}=`))
  return pair?.slice(name.length + 1)
}
