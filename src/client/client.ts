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

export interface Client {
  get(path: string, query?: Readonly<Record<string, string | undefined>>): Promise<unknown>
  post(path: string, body: unknown): Promise<unknown>
  delete(path: string): Promise<void>
}

/**
 * Talks to one server with one token. Replies are JSON of the shapes in the OpenAPI document.
 *
 * @throws server_unreachable, server_refused (with the server's own sentence and hint)
 */
export function createClient(server: string, token: string | undefined, timeoutMs = 60_000): Client {
  const headers = { accept: 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
  const call = async (method: string, path: string, body?: unknown) => {
    const url = new URL(path, server)
    const response = await fetch(url, {
      method,
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw ServerUnreachable({ url: url.origin }, error)
    })
    const answer: unknown = response.status === 204 ? undefined : await response.json().catch(() => undefined)
    if (!response.ok) throw refusal(response.status, answer)
    return answer
  }
  return {
    get: (path, query = {}) => call('GET', withQuery(path, query)),
    post: (path, body) => call('POST', path, body),
    delete: async (path) => {
      await call('DELETE', path)
    },
  }
}

function withQuery(path: string, query: Readonly<Record<string, string | undefined>>): string {
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
