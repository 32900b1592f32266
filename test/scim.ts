import type { TestProduct } from './harness.ts'

/** A SCIM client of a product, by HTTP. */
export interface ScimClientOf {
  readonly id: string
  readonly token: string
  send(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<ScimReply>
  /** The same with another token. */
  withToken(token: string): ScimClientOf
}

export interface ScimReply {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever was answered
  readonly body: any
}

/** Lets a new client provision people. */
export async function scimOf(product: TestProduct): Promise<ScimClientOf> {
  const headers = await product.asOwner()
  const reply = await product.app.inject({
    method: 'POST',
    url: '/v1/scim/clients',
    headers,
    payload: { name: 'test' },
  })
  const { id, token } = reply.json()
  return clientOf(product, id, token)
}

function clientOf(product: TestProduct, id: string, token: string): ScimClientOf {
  return {
    id,
    token,
    send: async (method, path, body, headers) => {
      const reply = await product.app.inject({
        method: method as 'GET',
        url: encodeURI(`/scim/v2${path}`),
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json', ...headers },
        ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      })
      return { status: reply.statusCode, headers: reply.headers, body: reply.body === '' ? {} : JSON.parse(reply.body) }
    },
    withToken: (other) => clientOf(product, id, other),
  }
}
