import { defineError } from '#platform/errors.ts'

export const ServerRefused = defineError<{ code: string; message: string }>(
  'server_refused',
  502,
  ({ message }) => message,
)
export const ServerUnreachable = defineError<{ url: string }>(
  'server_unreachable',
  502,
  ({ url }) => `no Countersign answers at \`${url}\``,
  'give the address by `--server URL`; `countersign start` runs one here',
)

type Query = Readonly<Record<string, string | undefined>>

export interface Client {
  get(path: string, query?: Query): Promise<unknown>
  getBytes(path: string): Promise<Uint8Array>
  /** Hands on a file of any size as it comes, however long it takes. */
  getFile(path: string, take: (chunk: Uint8Array) => Promise<void>, signal: AbortSignal): Promise<void>
  post(path: string, body: unknown): Promise<unknown>
  put(path: string, body: unknown): Promise<unknown>
  /** Sends a file as it is. */
  postBytes(path: string, query: Query, bytes: Uint8Array): Promise<unknown>
  patch(path: string, body: unknown): Promise<unknown>
  delete(path: string): Promise<void>
}

/**
 * Talks to one server with one token. Replies are JSON of the shapes in the OpenAPI document.
 *
 * @throws server_unreachable, server_refused (with the server's own sentence and hint)
 */
export function createClient(server: string, token: string | undefined, timeoutMs = 60_000): Client {
  const headers = { accept: 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
  const send = async (
    method: string,
    path: string,
    content?: Content,
    signal: AbortSignal = AbortSignal.timeout(timeoutMs),
  ) => {
    const url = new URL(path, server)
    const response = await fetch(url, {
      method,
      headers: content === undefined ? headers : { ...headers, 'content-type': content.type },
      signal,
      redirect: 'error',
      ...(content === undefined ? {} : { body: content.body }),
    }).catch((error: unknown) => {
      throw ServerUnreachable({ url: url.origin }, error)
    })
    if (!response.ok) throw refusal(response.status, await response.json().catch(() => undefined))
    return response
  }
  const call = async (method: string, path: string, content?: Content): Promise<unknown> => {
    const response = await send(method, path, content)
    return response.status === 204 ? undefined : await readJson(response)
  }
  return {
    get: (path, query = {}) => call('GET', withQuery(path, query)),
    getBytes: async (path) => new Uint8Array(await (await send('GET', path)).arrayBuffer()),
    getFile: async (path, take, signal) => {
      const { body } = await send('GET', path, undefined, signal)
      if (body !== null) for await (const chunk of body) await take(chunk)
    },
    // an empty body that says it is JSON is refused
    post: (path, body) =>
      call('POST', path, body === undefined ? undefined : { type: 'application/json', body: JSON.stringify(body) }),
    put: (path, body) => call('PUT', path, { type: 'application/json', body: JSON.stringify(body) }),
    postBytes: (path, query, bytes) =>
      call('POST', withQuery(path, query), { type: 'application/octet-stream', body: new Uint8Array(bytes) }),
    patch: (path, body) => call('PATCH', path, { type: 'application/json', body: JSON.stringify(body) }),
    delete: async (path) => {
      await call('DELETE', path)
    },
  }
}

interface Content {
  readonly type: string
  readonly body: string | Uint8Array<ArrayBuffer>
}

/** Something between us and the server may answer a page of its own with a 200. */
async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json()
  } catch (error) {
    const message = `the server answered ${response.status} without JSON; look whether a proxy stands between`
    throw ServerRefused({ code: String(response.status), message }, error)
  }
}

function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`
}

function refusal(status: number, answer: unknown) {
  const problem = (answer ?? {}) as { code?: string; detail?: string; hint?: string }
  const message = problem.detail ?? `the server answered ${status}`
  return ServerRefused({
    code: problem.code ?? String(status),
    message: problem.hint === undefined ? message : `${message} (${problem.hint})`,
  })
}
