import { BlockList, isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { type Caller, CertificateMismatch, certificateHashIn } from '#kernel/access'

/**
 * Takes `Client-Cert` (RFC 9440) away from requests that come from elsewhere than a trusted proxy: whoever could write it could claim any
 * certificate. The proxy must take away what its own clients send of it.
 */
export function certificateWall(trustedProxies: readonly string[]): (request: FastifyRequest) => void {
  const trusted = new BlockList()
  for (const one of trustedProxies) {
    const [address = '', prefix] = one.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    trusted.addSubnet(address, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family)
  }
  return (request) => {
    if (request.headers['client-cert'] === undefined) return
    // an IPv4 peer of a socket that takes both
    const peer = (request.socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, '')
    const family = isIP(peer)
    if (family === 0 || !trusted.check(peer, family === 6 ? 'ipv6' : 'ipv4')) delete request.headers['client-cert']
  }
}

/** @throws certificate_mismatch for a token that counts only with a certificate which did not come with it */
export function requireCertificate(request: FastifyRequest, caller: Caller): void {
  if (caller.certificateHash === null) return
  const shown = certificateHashIn([request.headers['client-cert']].flat()[0])
  if (shown !== caller.certificateHash) throw CertificateMismatch({})
}
