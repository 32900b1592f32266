import type { Operations } from './api.ts'

/** An operation of the HTTP interface, such as `GET /v1/changes`. */
export type Operation = keyof Operations
export type Reply<K extends Operation> = Operations[K]['reply']

/** What an operation takes: `params` when its path has any, `body` when it wants one. */
export type Input<K extends Operation> = Part<'params', Operations[K]['params']> &
  Part<'body', Operations[K]['body']> & { readonly query?: Loose<Operations[K]['query']> }

type Part<Name extends string, T> = [T] extends [Record<never, never>]
  ? keyof T extends never
    ? unknown
    : { readonly [K in Name]: T }
  : [T] extends [undefined]
    ? unknown
    : { readonly [K in Name]: T }
type Loose<T> = { readonly [K in keyof T]?: T[K] | undefined }

/** A refusal of the server (RFC 9457), or of the way to it: `code` is stable, `hint` says what to do. */
export class ApiProblem extends Error {
  readonly code: string
  readonly status: number
  readonly hint: string | undefined
  readonly instance: string | undefined

  constructor(problem: { code: string; status: number; detail: string; hint?: string; instance?: string }) {
    super(problem.detail)
    this.name = 'ApiProblem'
    this.code = problem.code
    this.status = problem.status
    this.hint = problem.hint
    this.instance = problem.instance
  }
}

export interface ApiOptions {
  /** Empty for the server that the page came from. */
  readonly base: string
  /** Headers of each call, made anew each time. */
  readonly headers: (method: string) => Readonly<Record<string, string>>
}

export interface Api {
  /** @throws ApiProblem */
  call<K extends Operation>(operation: K, input: Input<K>, signal?: AbortSignal): Promise<Reply<K>>
  /** The same for an operation whose reply is no JSON. */
  text(operation: Operation, input: object, signal?: AbortSignal): Promise<string>
}

/** The typed HTTP interface: names, inputs and replies are those of the OpenAPI document. */
export function createApi(options: ApiOptions): Api {
  return {
    call: async (operation, input, signal) => {
      const response = await send(options, operation, input, signal)
      if (response.status === 204) return undefined as never
      return (await response.json()) as never
    },
    text: async (operation, input, signal) => (await send(options, operation, input, signal)).text(),
  }
}

interface Given {
  readonly params?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

async function send(options: ApiOptions, operation: Operation, input: object, signal?: AbortSignal): Promise<Response> {
  const [method = 'GET', template = '/'] = operation.split(' ')
  const { params, query, body }: Given = input
  const headers = { accept: 'application/json', ...options.headers(method) }
  const content = body === undefined ? undefined : contentOf(body)
  const response = await fetch(`${options.base}${addressOf(template, params, query)}`, {
    method,
    redirect: 'error',
    headers: content === undefined ? headers : { ...headers, 'content-type': content.type },
    ...(content === undefined ? {} : { body: content.body }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted === true) throw error
    throw new ApiProblem({
      code: 'unreachable',
      status: 0,
      detail: 'the server does not answer',
      hint: 'try again in a moment',
    })
  })
  if (!response.ok) throw await refusal(response)
  return response
}

/** A file is sent as its bytes, everything else as JSON. */
function contentOf(body: unknown): { readonly type: string; readonly body: Blob | string } {
  // whatever type a browser guessed from the name of a file, it is bytes to us
  if (body instanceof Blob) return { type: 'application/octet-stream', body: body.slice(0, body.size) }
  return { type: 'application/json', body: JSON.stringify(body) }
}

/** The path of an operation with its parameters, and its query. */
export function addressOf(template: string, params: Given['params'] = {}, query: Given['query'] = {}): string {
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name] ?? '')))
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  if (given.length === 0) return path
  return `${path}?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))}`
}

async function refusal(response: Response): Promise<ApiProblem> {
  const answer = (await response.json().catch(() => ({}))) as {
    code?: string
    detail?: string
    hint?: string
    instance?: string
  }
  const { code = `http_${response.status}`, detail = `the server answered ${response.status}`, ...rest } = answer
  const { hint, instance } = rest
  return new ApiProblem({
    code,
    detail,
    status: response.status,
    ...(hint === undefined ? {} : { hint }),
    ...(instance === undefined ? {} : { instance }),
  })
}
