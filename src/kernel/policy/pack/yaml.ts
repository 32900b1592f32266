import { isMap, isScalar, isSeq, type Node, type Pair, parseDocument, type Scalar, visit, type YAMLMap } from 'yaml'
import type { Source } from './source.ts'

/** A mapping of a YAML document that says which of its keys were asked for: what is left is a mistake. */
export interface Mapping {
  readonly offset: number
  /** The node of a key; a missing one that is required is reported. */
  take(key: string, need: 'required' | 'optional'): Node | undefined
  /** Reports every key that was never asked for. */
  finish(): void
}

export interface Text {
  readonly value: string
  /** Where a character of the value stands in the document. */
  offsetOf(index: number): number
}

/** Reads one YAML document; whatever YAML itself refuses is reported, and aliases are, because they can grow without end. */
export function readYaml(source: Source): Node | undefined {
  try {
    const document = parseDocument(source.text, { version: '1.2', uniqueKeys: true, strict: true, prettyErrors: false })
    for (const error of document.errors) source.report(error.pos[0], `this is not YAML: ${error.message}`)
    for (const warning of document.warnings) source.report(warning.pos[0], `this is not plain YAML: ${warning.message}`)
    visit(document, {
      Alias: (_, node) => source.report(startOf(node), 'an alias is not taken here: write it out'),
    })
    return source.diagnostics.length > 0 ? undefined : (document.contents ?? undefined)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    source.report(0, 'it is nested too deeply')
    return undefined
  }
}

export function readMapping(source: Source, node: Node | undefined, what: string): Mapping | undefined {
  if (!isMap(node)) {
    source.report(startOf(node), `${what} must be a mapping`)
    return undefined
  }
  const pairs = new Map(node.items.map((pair) => [keyOf(pair), pair]))
  const taken = new Set<string>()
  return {
    offset: startOf(node),
    take: (key, need) => {
      taken.add(key)
      const value = pairs.get(key)?.value
      if (value !== undefined && value !== null) return value as Node
      if (need === 'required') source.report(startOf(node), `${what} lacks \`${key}\``)
      return undefined
    },
    finish: () => {
      for (const [key, pair] of pairs) {
        if (taken.has(key)) continue
        source.report(startOf(pair.key as Node), `${what} has no \`${key}\``, {
          help: `it may have ${[...taken].join(', ')}`,
        })
      }
    },
  }
}

export function readList(source: Source, node: Node | undefined, what: string, max: number): Node[] {
  if (node === undefined) return []
  if (!isSeq(node)) {
    source.report(startOf(node), `${what} must be a list`)
    return []
  }
  if (node.items.length > max) source.report(startOf(node), `${what} may have at most ${max} items`)
  return node.items.slice(0, max) as Node[]
}

export function readText(source: Source, node: Node | undefined, what: string, max: number): Text | undefined {
  if (node === undefined) return undefined
  if (!isScalar(node) || typeof node.value !== 'string') {
    source.report(startOf(node), `${what} must be text${isScalar(node) ? ': put it in quotes' : ''}`)
    return undefined
  }
  const { value } = node
  if (value.trim() === '') source.report(startOf(node), `${what} is empty`)
  if (value.length > max) {
    source.report(startOf(node), `${what} is longer than ${max} characters`)
    return undefined
  }
  return { value, offsetOf: (index) => offsetIn(source.text, node as Scalar<string>, index) }
}

/** One of some words. */
export function readWord<W extends string>(
  source: Source,
  node: Node | undefined,
  what: string,
  words: readonly W[],
): W | undefined {
  if (node === undefined) return undefined
  const value = isScalar(node) ? node.value : undefined
  const found = words.find((word) => word === value)
  if (found === undefined) source.report(startOf(node), `${what} must be one of ${words.join(', ')}`)
  return found
}

/** The names and nodes of a mapping whose keys are free. */
export function readEntries(
  source: Source,
  node: Node | undefined,
  what: string,
  max: number,
): (readonly [string, Node])[] {
  if (node === undefined) return []
  if (!isMap(node)) {
    source.report(startOf(node), `${what} must be a mapping`)
    return []
  }
  if (node.items.length > max) source.report(startOf(node), `${what} may have at most ${max} entries`)
  return (node as YAMLMap).items.slice(0, max).map((pair) => [keyOf(pair), pair.value as Node] as const)
}

export function startOf(node: Node | null | undefined): number {
  return node?.range?.[0] ?? 0
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : ''
}

/** Walks value and source side by side: folded lines, indentation and escapes stand for other characters than they are. */
function offsetIn(text: string, node: Scalar<string>, index: number): number {
  const [start = 0, end = 0] = node.range ?? []
  let at = bodyStart(text, start, node.type)
  for (let i = 0; at < end; i++) {
    at = skipFold(text, at, end, node.value[i] ?? '')
    if (i >= index) break
    at += widthAt(text, at, node.type)
  }
  return Math.min(at, end)
}

function bodyStart(text: string, start: number, type: Scalar['type']): number {
  if (type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE') return start + 1
  if (type !== 'BLOCK_FOLDED' && type !== 'BLOCK_LITERAL') return start
  return skipSpaces(text, text.indexOf('\n', start) + 1)
}

/** A line break in the source is one space or line break of the value, with the indentation after it. */
function skipFold(text: string, at: number, end: number, wanted: string): number {
  if (wanted === ' ' || wanted === '\n') {
    // the break itself answers for the character; what surrounds it is passed when the next one is looked for
    return at
  }
  let passed = at
  while (passed < end && text[passed] !== wanted && /\s/.test(text[passed] ?? '')) passed++
  return passed
}

function widthAt(text: string, at: number, type: Scalar['type']): number {
  if (type === 'QUOTE_SINGLE' && text.startsWith("''", at)) return 2
  if (type !== 'QUOTE_DOUBLE' || text[at] !== '\\') return 1
  return { x: 4, u: 6, U: 10 }[text[at + 1] ?? ''] ?? 2
}

function skipSpaces(text: string, at: number): number {
  let passed = at
  while (text[passed] === ' ' || text[passed] === '\n') passed++
  return passed
}
