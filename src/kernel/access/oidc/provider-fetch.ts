/** Why a provider could not be asked, in words for the person who set it up; never what it answered. */
export class ProviderFault extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ProviderFault'
  }
}

const timeoutMs = 5000
export const answerBytesMax = 256 * 1024

/**
 * Whether we send anything there, or anybody: https, and plain HTTP to this machine where tests allow it.
 */
export function isProviderAddress(text: string, allowsLoopback: boolean): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return false
  if (url.protocol === 'https:') return true
  return allowsLoopback && url.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
}

interface Request {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: RequestInit['body'] | undefined
  readonly allowsLoopback: boolean
}

/**
 * Asks a provider: 5 seconds, 256 KiB, no redirects, no cookies.
 *
 * @throws ProviderFault
 */
export async function askProvider(address: string, request: Request): Promise<Response> {
  const where = `\`${address.slice(0, 200)}\``
  if (!isProviderAddress(address, request.allowsLoopback)) throw new ProviderFault(`${where} is no https address`)
  const { method = 'GET', headers = {}, body = null } = request
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(address, { method, headers, body, redirect: 'manual', signal })
    if (response.status >= 300 && response.status < 400)
      throw new ProviderFault(`${where} leads elsewhere, which is not followed`)
    const bytes = await readBounded(response, where)
    const kept = new Headers()
    for (const name of ['content-type', 'www-authenticate']) {
      const value = response.headers.get(name)
      if (value !== null) kept.set(name, value)
    }
    return new Response(bytes.length === 0 ? null : bytes, { status: response.status, headers: kept })
  } catch (error) {
    if (error instanceof ProviderFault) throw error
    const late = signal.aborted ? `does not answer within ${timeoutMs / 1000} seconds` : 'cannot be reached'
    throw new ProviderFault(`${where} ${late}`, error)
  }
}

async function readBounded(response: Response, where: string): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  if (response.body !== null)
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      size += chunk.length
      if (size > answerBytesMax) throw new ProviderFault(`${where} answers more than ${answerBytesMax} bytes`)
      chunks.push(chunk)
    }
  return new Uint8Array(Buffer.concat(chunks))
}

/** @throws ProviderFault unless the answer is a 200 with a JSON object */
export async function askForJson(address: string, allowsLoopback: boolean): Promise<Record<string, unknown>> {
  const where = `\`${address.slice(0, 200)}\``
  const response = await askProvider(address, { headers: { accept: 'application/json' }, allowsLoopback })
  if (response.status !== 200) throw new ProviderFault(`${where} answers ${response.status}`)
  const content: unknown = await response.json().catch((error: unknown) => {
    throw new ProviderFault(`${where} answers no JSON`, error)
  })
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw new ProviderFault(`${where} answers no JSON object`)
  return content as Record<string, unknown>
}
