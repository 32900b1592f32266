import { createHash } from 'node:crypto'
import type { Json } from '#platform/canonical-json.ts'
import { type CheckedFacts, isObject, type JsonObject } from '../facts/validate.ts'

const sawCharactersMax = 1024
const valueCharactersMax = 512

/** Facts of one question, read by path; what many rules read is looked at once. */
export interface FactReader {
  readonly facts: CheckedFacts
  value(path: string): Json | undefined
  /** The value as JSON; undefined where it is absent. */
  text(path: string): string | undefined
  /** Short, and the same for two questions only when a rule that reads `path` cannot tell them apart. */
  print(path: string): string
}

export function createFactReader(facts: CheckedFacts): FactReader {
  const values = new Map<string, Json | undefined>()
  const texts = new Map<string, string | undefined>()
  const prints = new Map<string, string>()
  const value = (path: string) => remember(values, path, () => valueAt(facts.facts, path))
  const text = (path: string) =>
    remember(texts, path, () => {
      const found = value(path)
      return found === undefined ? undefined : JSON.stringify(found)
    })
  return {
    facts,
    value,
    text,
    print: (path) => remember(prints, path, () => shortPrint(`${text(path) ?? ''}${unknownNear(facts, path)}`)),
  }
}

/** The facts at some paths, together small: a value that would not fit is told by its size instead. */
export function seen(reader: FactReader, paths: readonly string[]): { readonly [path: string]: Json } {
  const saw: Record<string, Json> = {}
  let left = sawCharactersMax
  for (const path of paths) {
    const [value, text] = [reader.value(path), reader.text(path)]
    if (value === undefined || text === undefined) continue
    const shown = text.length <= Math.min(left, valueCharactersMax) ? value : sizeOf(value)
    const size = JSON.stringify(shown).length + path.length
    if (size > left) break
    left -= size
    saw[path] = shown
  }
  return saw
}

function sizeOf(value: Json): string {
  if (typeof value === 'string') return `${value.length} characters`
  return Array.isArray(value) ? `${value.length} items` : `${Object.keys(value ?? {}).length} members`
}

function valueAt(facts: JsonObject, path: string): Json | undefined {
  let value: Json | undefined = facts
  for (const name of path.split('.')) {
    value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
    if (value === undefined) return undefined
  }
  return value
}

/** What is unknown at a path, above it or below it, as the answer of a rule would tell it. */
function unknownNear({ unknown }: CheckedFacts, path: string): string {
  let near = ''
  for (const [at, { what, howToKnow }] of unknown) {
    const isNear = at === path || at.startsWith(`${path}.`) || path.startsWith(`${at}.`)
    if (isNear) near += `\u0000${at}\u0000${what}\u0000${howToKnow}`
  }
  return near
}

function shortPrint(text: string): string {
  return text.length <= 128 ? text : createHash('sha256').update(text).digest('base64')
}

function remember<T>(known: Map<string, T>, key: string, find: () => T): T {
  if (known.has(key)) return known.get(key) as T
  const found = find()
  known.set(key, found)
  return found
}
