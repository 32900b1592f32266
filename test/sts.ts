import type { Headers, TestProduct } from './harness.ts'

export const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const tokenType = (name: string) => `urn:ietf:params:oauth:token-type:${name}`

/** The endpoints of OAuth 2.0 of a product, at `http://localhost`. */
export interface Sts {
  post(path: string, fields: Fields, headers?: object, remoteAddress?: string): Promise<StsReply>
  /** A token exchange; a subject token of ours unless its type is said. */
  exchange(fields: Fields, headers?: object): Promise<StsReply>
  /** The same, which must succeed: the headers that show what came. */
  exchanged(fields: Fields, headers?: object): Promise<Headers>
  /** What is told of a token to somebody who may ask. */
  introspect(token: string | Headers): Promise<Record<string, unknown>>
}

type Fields = Readonly<Record<string, string | undefined>>

export interface StsReply {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever was answered
  readonly body: any
}

export function stsOf({ app }: TestProduct, resourceServer: Headers): Sts {
  const post: Sts['post'] = async (path, fields, headers = {}, remoteAddress = '127.0.0.1') => {
    const given = Object.entries(fields).filter((one): one is [string, string] => one[1] !== undefined)
    const reply = await app.inject({
      method: 'POST',
      url: path,
      remoteAddress,
      headers: { host: 'localhost', 'content-type': 'application/x-www-form-urlencoded', ...headers },
      payload: new URLSearchParams(given).toString(),
    })
    return { status: reply.statusCode, headers: reply.headers, body: JSON.parse(reply.body) }
  }
  const exchange: Sts['exchange'] = (fields, headers) =>
    post(
      '/oauth/token',
      { grant_type: exchangeGrant, subject_token_type: tokenType('access_token'), ...fields },
      headers,
    )
  return {
    post,
    exchange,
    exchanged: async (fields, headers) => {
      const reply = await exchange(fields, headers)
      if (reply.status !== 200) throw new Error(`nothing was exchanged: ${JSON.stringify(reply.body)}`)
      return { authorization: `Bearer ${reply.body.access_token}` }
    },
    introspect: async (token) =>
      (await post('/oauth/introspect', { token: typeof token === 'string' ? token : textOf(token) }, resourceServer))
        .body,
  }
}

/** The token in headers. */
export function textOf({ authorization }: Headers): string {
  return authorization.slice('Bearer '.length)
}
