import type { Config } from '#platform/config.ts'

export function isSecure(config: Config): boolean {
  return config['tls.cert'] !== undefined || (config.publicUrl?.startsWith('https:') ?? false)
}

/** `__Host-` binds the cookie to this host and to TLS; without TLS a browser would refuse it. */
export function sessionCookie(secure: boolean): string {
  return secure ? '__Host-countersign' : 'countersign'
}
