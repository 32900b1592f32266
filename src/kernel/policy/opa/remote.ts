import { type Json, JsonInvalid, parseStrict } from '#platform/canonical-json.ts'
import { readResult, type Said } from './result.ts'

/** Where an OPA is, and what it is asked. */
export interface RemoteOpa {
  /** Its address, without a path of the REST interface. */
  readonly url: string
  /** The document below `/v1/data/`. */
  readonly path: string
  readonly token: string | undefined
  readonly timeoutMs: number
  /** What the revision of each of its bundles must match, with at most one `*` for anything; null when any will do. */
  readonly expectedRevision: string | null
}

export type RemoteAnswer = { readonly revision: string | null; readonly decisionId: string | null } & (
  | { readonly said: Said }
  | { readonly error: string }
)

const answerBytesMax = 256 * 1024
const revisionCharactersMax = 500

/**
 * Asks an OPA by its REST interface: no redirects, 256 KiB, and the time it has includes reading the answer. Whatever is not
 * a whole, defined, expected answer is an error, in words that show nothing of the answer. Never throws.
 */
export async function askRemote(opa: RemoteOpa, input: string): Promise<RemoteAnswer> {
  const nothing = { revision: null, decisionId: null }
  const signal = AbortSignal.timeout(opa.timeoutMs)
  try {
    const response = await fetch(`${opa.url.replace(/\/+$/, '')}/v1/data/${opa.path}?provenance=true`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(opa.token === undefined ? {} : { authorization: `Bearer ${opa.token}` }),
      },
      body: `{"input":${input}}`,
      redirect: 'manual',
      signal,
    })
    if (response.status !== 200) {
      await response.body?.cancel()
      return { ...nothing, error: `it answers status ${response.status}` }
    }
    const bytes = await readBounded(response)
    return bytes === undefined
      ? { ...nothing, error: `it answers more than ${answerBytesMax} bytes` }
      : readAnswer(bytes, opa.expectedRevision)
  } catch (error) {
    if (JsonInvalid.is(error)) return { ...nothing, error: 'it answers no JSON' }
    return {
      ...nothing,
      error: signal.aborted ? `it does not answer within ${opa.timeoutMs} ms` : 'it cannot be reached',
    }
  }
}

async function readBounded(response: Response): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  if (response.body !== null)
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      size += chunk.length
      if (size > answerBytesMax) return undefined
      chunks.push(chunk)
    }
  return Buffer.concat(chunks)
}

function readAnswer(bytes: Uint8Array, expected: string | null): RemoteAnswer {
  const body = objectOf(parseStrict(bytes, { maxBytes: answerBytesMax, maxDepth: 60 }))
  const revisions = revisionsOf(objectOf(body['provenance']))
  const about = {
    revision: revisions.length === 0 ? null : revisions.join(',').slice(0, revisionCharactersMax),
    decisionId: typeof body['decision_id'] === 'string' ? body['decision_id'].slice(0, 200) : null,
  }
  if (expected !== null && (revisions.length === 0 || !revisions.every((one) => isExpected(one, expected))))
    return { ...about, error: 'it runs other policies than the expected revision' }
  if (body['result'] === undefined)
    return { ...about, error: 'the document is undefined: its path, or a default, is missing' }
  const said = readResult(body['result'])
  return 'reason' in said ? { ...about, error: said.reason } : { ...about, said }
}

/** Of its bundles, by name; OPA before bundles had names told one. */
function revisionsOf(provenance: JsonObject): string[] {
  const bundles = objectOf(provenance['bundles'])
  const named = Object.keys(bundles)
    .sort()
    .map((name) => objectOf(bundles[name])['revision'])
  const all = named.length > 0 ? named : [provenance['revision']]
  return all.filter((one) => typeof one === 'string' && one !== '') as string[]
}

/** The pattern is a text in which one `*` stands for anything. */
function isExpected(revision: string, pattern: string): boolean {
  const [start = '', end] = pattern.split('*')
  if (end === undefined) return revision === start
  return revision.length >= start.length + end.length && revision.startsWith(start) && revision.endsWith(end)
}

type JsonObject = { readonly [name: string]: Json }

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}
