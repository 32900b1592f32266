import {
  type CelEnv,
  type CelFunc,
  type CelList,
  CelScalar,
  type CelValue,
  celEnv,
  celFunc,
  celMethod,
  isCelUint,
  listType,
  objectType,
} from '@bufbuild/cel'
import { strings } from '@bufbuild/cel/ext'
import { type Timestamp, TimestampSchema, timestampDate } from '@bufbuild/protobuf/wkt'
import { matchesPattern } from '#platform/glob.ts'
import type { Budget } from './budget.ts'
import { concatenation } from './lists.ts'

const { BOOL, DOUBLE, DYN, INT, STRING } = CelScalar
const list = listType(DYN)
const time = objectType(TimestampSchema)

/**
 * What expressions are evaluated in: CEL as cel-es 0.6.1 has it, its string functions, and a few of our own. The parts of a
 * time are UTC whatever time zone the machine is set to, so that a decision is the same everywhere.
 */
export function createEnvironment(budget: Budget): CelEnv {
  return celEnv({
    funcs: [
      ...strings,
      ...texts(budget),
      concatenation(budget),
      celFunc('glob', [STRING, STRING], BOOL, (path, pattern) => matchesPattern(pattern, path)),
      celFunc('glob', [STRING, list], BOOL, (path, patterns) =>
        textsOf(patterns).some((one) => matchesPattern(one, path)),
      ),
      ...extremum('math.max', (a, b) => a > b),
      ...extremum('math.min', (a, b) => a < b),
      ...timeParts(),
    ],
  })
}

/** Those that make a text longer than what they are given; the others cannot. */
function texts(budget: Budget): CelFunc[] {
  const join = (values: CelList, separator: string) => {
    const parts = textsOf(values)
    budget.spend(parts.reduce((total, one) => total + one.length + separator.length, 0))
    return parts.join(separator)
  }
  return [
    celFunc('_+_', [STRING, STRING], STRING, (left, right) => {
      budget.spend(left.length + right.length)
      return left + right
    }),
    celMethod('replace', STRING, [STRING, STRING], STRING, function (from, to) {
      if (from === '') throw new Error('replace() needs a text to replace')
      const parts = this.split(from)
      budget.spend(this.length + parts.length * to.length)
      return parts.join(to)
    }),
    celMethod('split', STRING, [STRING], list, function (separator) {
      budget.spend(this.length)
      return this.split(separator)
    }),
    celMethod('join', list, [], STRING, function () {
      return join(this, '')
    }),
    celMethod('join', list, [STRING], STRING, function (separator) {
      return join(this, separator)
    }),
  ]
}

function textsOf(values: CelList): string[] {
  return [...values].map((one) => {
    if (typeof one !== 'string') throw new Error('an element is not a string')
    return one
  })
}

function extremum(name: string, isBetter: (a: number | bigint, b: number | bigint) => boolean): CelFunc[] {
  const better = <T extends number | bigint>(a: T, b: T) => (isBetter(a, b) ? a : b)
  const best = (values: CelList): CelValue => {
    const [first, ...more] = [...values].map(numberOf)
    if (first === undefined) throw new Error(`${name} of an empty list`)
    return more.reduce((a, b) => (isBetter(b, a) ? b : a), first)
  }
  return [
    celFunc(name, [INT, INT], INT, better),
    celFunc(name, [DOUBLE, DOUBLE], DOUBLE, better),
    celFunc(name, [INT, DOUBLE], DYN, (a, b) => (isBetter(b, a) ? b : a)),
    celFunc(name, [DOUBLE, INT], DYN, (a, b) => (isBetter(b, a) ? b : a)),
    celFunc(name, [list], DYN, best),
  ]
}

function numberOf(value: CelValue): number | bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return value
  if (isCelUint(value)) return value.value
  throw new Error('a value is not a number')
}

function timeParts(): CelFunc[] {
  const parts: Readonly<Record<string, (date: Date) => number>> = {
    getFullYear: (date) => date.getUTCFullYear(),
    getMonth: (date) => date.getUTCMonth(),
    getDate: (date) => date.getUTCDate(),
    getDayOfMonth: (date) => date.getUTCDate() - 1,
    getDayOfWeek: (date) => date.getUTCDay(),
    getDayOfYear: (date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000),
    getHours: (date) => date.getUTCHours(),
    getMinutes: (date) => date.getUTCMinutes(),
    getSeconds: (date) => date.getUTCSeconds(),
    getMilliseconds: (date) => date.getUTCMilliseconds(),
  }
  return Object.entries(parts).map(([name, part]) =>
    celMethod(name, time, [], INT, function () {
      return BigInt(part(timestampDate(this.message as Timestamp)))
    }),
  )
}
