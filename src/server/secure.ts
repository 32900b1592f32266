import type { Config } from '#platform/config.ts'

/** Whether browsers reach this server by TLS, its own or that of a proxy. */
export function isSecure(config: Config): boolean {
  return config['tls.cert'] !== undefined || (config.publicUrl?.startsWith('https:') ?? false)
}
