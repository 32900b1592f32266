import { isScalar, isSeq, type Node } from 'yaml'
import { double, int, listOf, bool as logical, string as text } from '../cel/types.ts'
import type { Shape } from '../facts/shape.ts'
import type { Source } from './source.ts'
import { readEntries, readList, readMapping, readText, readWord, startOf } from './yaml.ts'

export type ParamType = 'int' | 'double' | 'bool' | 'string' | 'list<string>'
export type ParamValue = number | boolean | string | readonly string[]

/** A parameter of a pack: typed, bounded, with a value when nobody sets another. */
export interface ParamDefinition {
  readonly name: string
  readonly type: ParamType
  readonly fallback: ParamValue
  readonly min: number | undefined
  readonly max: number | undefined
  readonly oneOf: readonly string[] | undefined
  readonly maxItems: number
  readonly about: string | undefined
  /** Where it stands in its document. */
  readonly offset: number
}

const typeNames: readonly ParamType[] = ['int', 'double', 'bool', 'string', 'list<string>']
const itemsMax = 200
const textCharactersMax = 500
const nameForm = /^[a-zA-Z][a-zA-Z0-9_]{0,63}$/

export function readParams(source: Source, node: Node | undefined): Map<string, ParamDefinition> {
  const params = new Map<string, ParamDefinition>()
  for (const [name, value] of readEntries(source, node, '`params`', 100)) {
    if (!nameForm.test(name)) source.report(startOf(value), `\`${name}\` is not a name`)
    const param = readParam(source, name, value)
    if (param !== undefined) params.set(name, param)
  }
  return params
}

function readParam(source: Source, name: string, node: Node): ParamDefinition | undefined {
  const what = `parameter \`${name}\``
  const mapping = readMapping(source, node, what)
  if (mapping === undefined) return undefined
  const type = readWord(source, mapping.take('type', 'required'), `the type of ${what}`, typeNames)
  const fallbackNode = mapping.take('default', 'required')
  const [min, max] = [
    readNumber(source, mapping.take('min', 'optional')),
    readNumber(source, mapping.take('max', 'optional')),
  ]
  const oneOfNode = mapping.take('oneOf', 'optional')
  const definition = {
    name,
    type: type ?? 'string',
    fallback: paramValueOf(fallbackNode) ?? '',
    min,
    max,
    oneOf: oneOfNode === undefined ? undefined : readTexts(source, oneOfNode),
    maxItems: Math.min(readNumber(source, mapping.take('maxItems', 'optional')) ?? itemsMax, itemsMax),
    about: readText(source, mapping.take('about', 'optional'), `\`about\` of ${what}`, textCharactersMax)?.value,
    offset: mapping.offset,
  }
  mapping.finish()
  if (type === undefined || fallbackNode === undefined) return undefined
  const wrong = whyNotParam(definition, definition.fallback)
  if (wrong !== undefined) source.report(startOf(fallbackNode), `the default of ${what} ${wrong}`)
  return definition
}

/** Why a value cannot stand for a parameter; undefined when it can. */
export function whyNotParam(definition: ParamDefinition, value: unknown): string | undefined {
  switch (definition.type) {
    case 'bool':
      return typeof value === 'boolean' ? undefined : 'is not true or false'
    case 'string':
      return whyNotText(definition, value)
    case 'list<string>':
      return whyNotTexts(definition, value)
    default:
      return whyNotNumber(definition, value)
  }
}

function whyNotNumber({ type, min, max }: ParamDefinition, value: unknown): string | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'is not a number'
  if (type === 'int' && !Number.isSafeInteger(value)) return 'is not an integer'
  if (min !== undefined && value < min) return `is below ${min}`
  return max !== undefined && value > max ? `is above ${max}` : undefined
}

function whyNotTexts(definition: ParamDefinition, value: unknown): string | undefined {
  if (!Array.isArray(value)) return 'is not a list'
  if (value.length > definition.maxItems) return `has more than ${definition.maxItems} items`
  return value.map((one) => whyNotText(definition, one)).find((one) => one !== undefined)
}

function whyNotText({ oneOf }: ParamDefinition, value: unknown): string | undefined {
  if (typeof value !== 'string') return 'is not text'
  if (value.length > textCharactersMax) return `is longer than ${textCharactersMax} characters`
  return oneOf === undefined || oneOf.includes(value) ? undefined : `is none of ${oneOf.join(', ')}`
}

export function shapeOfParam({ type, oneOf }: ParamDefinition): Shape {
  const word: Shape = oneOf === undefined ? text : { kind: 'string', values: oneOf }
  return { int, double, bool: logical, string: word, 'list<string>': listOf(word) }[type]
}

function readNumber(source: Source, node: Node | undefined): number | undefined {
  if (node === undefined) return undefined
  if (isScalar(node) && typeof node.value === 'number') return node.value
  source.report(startOf(node), 'a bound is a number')
  return undefined
}

function readTexts(source: Source, node: Node): string[] {
  return readList(source, node, '`oneOf`', itemsMax).flatMap((one) => {
    const found = readText(source, one, 'an entry of `oneOf`', textCharactersMax)
    return found === undefined ? [] : [found.value]
  })
}

function paramValueOf(node: Node | undefined): ParamValue | undefined {
  if (isSeq(node))
    return node.items.map((one) => (isScalar(one) && typeof one.value === 'string' ? one.value : '\u0000'))
  if (!isScalar(node)) return undefined
  const { value } = node
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string' ? value : undefined
}
