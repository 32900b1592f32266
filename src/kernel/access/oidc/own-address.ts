import type { Exchange } from '#platform/http/route.ts'
import { SignInAddress } from './errors.ts'

/**
 * Our address as providers are told it: `publicUrl`, or `localhost`; never what a request says.
 *
 * @throws sign_in_address_unusable
 */
export function ownOrigin(exchange: Exchange, publicUrl: string | undefined): string {
  const own = `${exchange.protocol}://${exchange.host}`
  const url = new URL(publicUrl ?? (URL.canParse(own) ? own : 'http://unreadable.invalid'))
  const isLocal = url.hostname === 'localhost'
  if (!isLocal && (publicUrl === undefined || url.protocol !== 'https:'))
    throw SignInAddress({ host: url.hostname.slice(0, 255) })
  return url.origin
}

/** The same for pages that a person opens by hand: on one machine by its name. @throws sign_in_address_unusable */
export function consoleOrigin(exchange: Exchange, publicUrl: string | undefined): string {
  const port = /^(?:127\.0\.0\.1|\[::1\])(:\d{1,5})?$/.exec(exchange.host)
  if (publicUrl === undefined && port !== null) return `${exchange.protocol}://localhost${port[1] ?? ''}`
  return ownOrigin(exchange, publicUrl)
}
