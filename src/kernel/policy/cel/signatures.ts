import type { Shape } from '../facts/shape.ts'
import {
  any,
  bool,
  describe,
  double,
  duration,
  either,
  int,
  isFreeMap,
  itemOf,
  listOf,
  mayBe,
  string,
  timestamp,
  whyNeverEqual,
} from './types.ts'

/** The type of a call's result, or what is wrong with its arguments in words. A method's target is its first argument. */
export type Signature = (args: readonly Shape[]) => Shape | Wrong

export interface Wrong {
  readonly wrong: string
  readonly help?: string
}

export function isWrong(result: Shape | Wrong): result is Wrong {
  return 'wrong' in result
}

const ordered = ['int', 'double', 'string', 'timestamp', 'duration', 'bool'] as const

/** Every operator, function and method that a rule may use, by the name that the parser gives it. */
const table: Readonly<Record<string, Signature>> = {
  '!_': fixed([['bool']], bool),
  '-_': numeric,
  '_&&_': logical,
  '_||_': logical,
  '_?_:_': conditional,
  '_==_': equality,
  '_!=_': equality,
  '_<_': ordering,
  '_<=_': ordering,
  '_>_': ordering,
  '_>=_': ordering,
  '_+_': addition,
  '_-_': subtraction,
  '_*_': numeric,
  '_/_': numeric,
  '_%_': fixed([['int'], ['int']], int),
  '_[_]': index,
  '@in': membership,
  '@not_strictly_false': () => bool,
  size: ([one = any]) =>
    mayBe(one, 'string', 'list', 'bytes') || isFreeMap(one) ? int : { wrong: `${describe(one)} has no size` },
  contains: fixed([['string'], ['string']], bool),
  startsWith: fixed([['string'], ['string']], bool),
  endsWith: fixed([['string'], ['string']], bool),
  matches: fixed([['string'], ['string']], bool),
  lowerAscii: fixed([['string']], string),
  upperAscii: fixed([['string']], string),
  trim: fixed([['string']], string),
  replace: fixed([['string'], ['string'], ['string']], string),
  split: fixed([['string'], ['string']], listOf(string)),
  substring: (args) => fixed(args.length < 3 ? [['string'], ['int']] : [['string'], ['int'], ['int']], string)(args),
  indexOf: fixed([['string'], ['string']], int),
  join: joining,
  string: fixed([['string', 'int', 'double', 'bool', 'timestamp', 'duration']], string),
  int: fixed([['int', 'double', 'string', 'timestamp', 'duration']], int),
  double: fixed([['double', 'int', 'string']], double),
  bool: fixed([['bool', 'string']], bool),
  timestamp: fixed([['timestamp', 'string', 'int']], timestamp),
  duration: fixed([['duration', 'string']], duration),
  dyn: () => any,
  getHours: fixed([['timestamp', 'duration']], int),
  getMinutes: fixed([['timestamp', 'duration']], int),
  getSeconds: fixed([['timestamp', 'duration']], int),
  getMilliseconds: fixed([['timestamp', 'duration']], int),
  getFullYear: fixed([['timestamp']], int),
  getMonth: fixed([['timestamp']], int),
  getDate: fixed([['timestamp']], int),
  getDayOfMonth: fixed([['timestamp']], int),
  getDayOfWeek: fixed([['timestamp']], int),
  getDayOfYear: fixed([['timestamp']], int),
  glob: globbing,
  'math.max': extremum,
  'math.min': extremum,
}

export function signatureOf(name: string): Signature | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}

/** The function that was probably meant. */
export function functionNames(): string[] {
  return Object.keys(table).filter((name) => /^[a-z]/.test(name))
}

function fixed(kinds: readonly (readonly Shape['kind'][])[], result: Shape): Signature {
  return (args) => {
    if (args.length !== kinds.length) return { wrong: `it takes ${kinds.length} values, not ${args.length}` }
    for (const [i, wanted] of kinds.entries()) {
      const arg = args[i] ?? any
      if (!mayBe(arg, ...wanted)) return { wrong: `it takes ${wanted.join(' or ')} here, not ${describe(arg)}` }
    }
    return result
  }
}

function logical(args: readonly Shape[]): Shape | Wrong {
  const other = args.find((one) => !mayBe(one, 'bool'))
  return other === undefined ? bool : { wrong: `both sides must be true or false, not ${describe(other)}` }
}

function conditional([condition = any, ...branches]: readonly Shape[]): Shape | Wrong {
  return mayBe(condition, 'bool')
    ? either(branches)
    : { wrong: `the condition is ${describe(condition)}, not true or false` }
}

function equality([left = any, right = any]: readonly Shape[]): Shape | Wrong {
  if (left.kind === 'null' || right.kind === 'null')
    return { wrong: 'a member that is null is absent here, so nothing is ever null', help: 'use has(…)' }
  if (left.kind === 'object' || right.kind === 'object')
    return { wrong: 'objects are not compared as a whole', help: 'compare their members' }
  const reason = whyNeverEqual(left, right)
  return reason === undefined ? bool : { wrong: reason }
}

function ordering([left = any, right = any]: readonly Shape[]): Shape | Wrong {
  const kinds = ordered.filter((kind) => mayBe(left, kind) && mayBe(right, kind))
  const areNumbers = mayBe(left, 'int', 'double') && mayBe(right, 'int', 'double')
  return kinds.length > 0 || areNumbers ? bool : { wrong: `${describe(left)} has no order with ${describe(right)}` }
}

function addition([left = any, right = any]: readonly Shape[]): Shape | Wrong {
  const [a, b] = [itemOf(left), itemOf(right)]
  if (left.kind !== 'any' && right.kind !== 'any' && a !== undefined && b !== undefined) return listOf(either([a, b]))
  const same = (['int', 'double', 'string', 'duration', 'list'] as const).filter(
    (kind) => mayBe(left, kind) && mayBe(right, kind),
  )
  if (same.length > 1) return any
  if (same[0] !== undefined) return same[0] === 'list' ? listOf(any) : { kind: same[0] }
  const withTime = mayBe(left, 'timestamp', 'duration') && mayBe(right, 'timestamp', 'duration')
  return withTime ? timestamp : cannot('be added to', right, left)
}

function subtraction([left = any, right = any]: readonly Shape[]): Shape | Wrong {
  if (left.kind === 'timestamp' && right.kind === 'timestamp') return duration
  if (left.kind === 'timestamp' && right.kind === 'duration') return timestamp
  if (left.kind === 'duration' && right.kind === 'duration') return duration
  return numeric([left, right])
}

function numeric(args: readonly Shape[]): Shape | Wrong {
  const kinds = (['int', 'double'] as const).filter((kind) => args.every((one) => mayBe(one, kind)))
  if (kinds.length === 2) return any
  if (kinds[0] !== undefined) return { kind: kinds[0] }
  const [left = any, right = any] = args
  const areMixed = mayBe(left, 'int', 'double') && mayBe(right, 'int', 'double')
  return {
    wrong: `${describe(left)} and ${describe(right)} have no arithmetic`,
    ...(areMixed ? { help: 'convert one of them: double(…) or int(…)' } : {}),
  }
}

function index([container = any, key = any]: readonly Shape[]): Shape | Wrong {
  const item = itemOf(container)
  if (item !== undefined && container.kind !== 'any')
    return mayBe(key, 'int') ? item : { wrong: 'a list is indexed by an int' }
  if (!isFreeMap(container)) return { wrong: `${describe(container)} cannot be indexed` }
  return container.kind === 'object' && container.rest !== undefined ? container.rest : any
}

function membership([value = any, container = any]: readonly Shape[]): Shape | Wrong {
  const item = itemOf(container)
  if (item === undefined) return isFreeMap(container) ? bool : { wrong: `${describe(container)} has no elements` }
  const reason = whyNeverEqual(value, item)
  return reason === undefined ? bool : { wrong: reason }
}

function joining([list = any, separator = string]: readonly Shape[]): Shape | Wrong {
  const item = itemOf(list)
  if (item === undefined || !mayBe(item, 'string'))
    return { wrong: `it joins a list of strings, not ${describe(list)}` }
  return mayBe(separator, 'string') ? string : { wrong: 'the separator must be a string' }
}

function globbing([path = any, pattern = any, ...more]: readonly Shape[]): Shape | Wrong {
  const one = itemOf(pattern) ?? pattern
  const isRight = more.length === 0 && mayBe(path, 'string') && mayBe(one, 'string')
  return isRight ? bool : { wrong: 'it takes a path and a pattern or list of patterns' }
}

function extremum(args: readonly Shape[]): Shape | Wrong {
  const only = args.length === 1 ? itemOf(args[0] ?? any) : undefined
  const values = only === undefined ? args : [only]
  if (values.length === 0 || !values.every((one) => mayBe(one, 'int', 'double')))
    return { wrong: 'it takes numbers or one list of numbers' }
  return either(values)
}

function cannot(what: string, one: Shape, other: Shape): Wrong {
  return { wrong: `${describe(one)} cannot ${what} ${describe(other)}` }
}
