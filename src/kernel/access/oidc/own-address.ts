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
