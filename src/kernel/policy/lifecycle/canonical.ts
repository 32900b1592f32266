import { parseDocument } from 'yaml'
import { canonicalize, type Json } from '#platform/canonical-json.ts'
import { digestOf } from '../digest.ts'

/**
 * What a YAML text says, without comments and layout; the text itself where it is no YAML that can be read. Aliases are never
 * followed: a few lines of them could stand for more than memory holds.
 */
export function canonicalOf(text: string): Json {
  const value = yamlValue(text)
  try {
    // NaN and half surrogate pairs are YAML and no JSON
    canonicalize(value as Json)
    return value as Json
  } catch {
    return text.replace(/\p{Surrogate}/gu, '\ufffd')
  }
}

/** `sha256:…` of what pack and tests say. */
export function draftDigest(text: string, tests: string): string {
  return digestOf(canonicalize({ v: 1, pack: canonicalOf(text), tests: canonicalOf(tests) }))
}

/** The value of a YAML document; the text itself when it is none. */
export function yamlValue(text: string): unknown {
  try {
    const document = parseDocument(text, { version: '1.2', uniqueKeys: true, strict: true, prettyErrors: false })
    if (document.errors.length > 0) return text
    return document.toJS({ maxAliasCount: 0 }) ?? null
  } catch {
    return text
  }
}

/** What a pack says of itself, as far as it can be read. */
export function identityOf(text: string): { readonly id: unknown; readonly version: unknown } {
  const metadata = memberOf(yamlValue(text), 'metadata')
  return { id: memberOf(metadata, 'id'), version: memberOf(metadata, 'version') }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}
