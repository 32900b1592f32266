import { BlockList, isIP } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { FastifyRequest } from 'fastify'
import { type Caller, CertificateMismatch, certificateHashIn } from '#kernel/access'

/**
 * Has `Client-Cert` (RFC 9440) name the certificate of whoever sent a request, and nothing else. From a trusted proxy it stays as it is:
 * the proxy must take away what its own clients send of it, and its own certificate is not that of its clients. From elsewhere it is
 * taken away, for whoever could write it could claim any certificate; where the connection is TLS of our own, the one that came with
 * the handshake, which proved its key, stands in its place.
 */
export function certificateWall(trustedProxies: readonly string[]): (request: FastifyRequest) => void {
  const trusted = new BlockList()
  for (const one of trustedProxies) {
    const [address = '', prefix] = one.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    trusted.addSubnet(address, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family)
  }
  return (request) => {
    // an IPv4 peer of a socket that takes both
    const peer = (request.socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, '')
    const family = isIP(peer)
    if (family !== 0 && trusted.check(peer, family === 6 ? 'ipv6' : 'ipv4')) return
    const own = certificateOf(request.raw.socket)
    if (own === undefined) delete request.headers['client-cert']
    else request.headers['client-cert'] = `:${own.toString('base64')}:`
  }
}

/** DER; undefined where the client showed none. */
function certificateOf(socket: unknown): Buffer | undefined {
  if (!(socket instanceof TLSSocket)) return undefined
  // of a client without one, Node answers an empty object
  const { raw }: { readonly raw?: Buffer } = socket.getPeerCertificate()
  return raw
}

/** @throws certificate_mismatch for a token that counts only with a certificate which did not come with it */
export function requireCertificate(request: FastifyRequest, caller: Caller): void {
  if (caller.certificateHash === null) return
  const shown = certificateHashIn([request.headers['client-cert']].flat()[0])
  if (shown !== caller.certificateHash) throw CertificateMismatch({})
}
