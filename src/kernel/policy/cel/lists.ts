import {
  type CelFunc,
  type CelList,
  CelScalar,
  type CelValue,
  celFunc,
  isCelList,
  isCelMap,
  listType,
} from '@bufbuild/cel'
import type { Budget } from './budget.ts'

// How cel-es 0.6.1 tells a list; a test fails when another version does not.
const listMark = Symbol.for('@bufbuild/cel/list')

/** The beginning of an array that later concatenations may go on to fill, as `filter` and `map` do once for each element. */
class GrowingList {
  readonly array: CelValue[]
  readonly size: number

  constructor(array: CelValue[], size: number) {
    this.array = array
    this.size = size
    Object.defineProperty(this, listMark, { value: {} })
  }

  get(index: number): CelValue | undefined {
    return index < this.size ? this.array[index] : undefined
  }

  *values(): IterableIterator<CelValue> {
    for (let i = 0; i < this.size; i++) yield this.array[i] as CelValue
  }

  [Symbol.iterator](): IterableIterator<CelValue> {
    return this.values()
  }
}

const list = listType(CelScalar.DYN)

/** Takes the place of the one of cel-es, whose lists nest as deep as they were concatenated, so that `filter` is quadratic. */
export function concatenation(budget: Budget): CelFunc {
  return celFunc('_+_', [list, list], list, (left, right) => {
    if (right.size === 0) return left
    const isTip = left instanceof GrowingList && left.array.length === left.size
    budget.spend(isTip ? 0 : left.size)
    const array = isTip ? left.array : [...left]
    for (const item of right) {
      budget.spend(1 + weigh(item))
      array.push(item)
    }
    return new GrowingList(array, left.size + right.size) as unknown as CelList
  })
}

/** The elements of lists and maps that stand in the expression itself, and so are made anew for each element gone through. */
function weigh(value: CelValue): number {
  if (value instanceof GrowingList) return 0
  if (isCelMap(value) && value.constructor.name === 'NativeMap') return sum([...value.values()])
  return isCelList(value) && value.constructor.name === 'ArrayList' ? sum([...value]) : 0
}

function sum(values: readonly CelValue[]): number {
  return values.reduce((total: number, one) => total + 1 + weigh(one), 0)
}
