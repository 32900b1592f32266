import { type CelFunc, type CelList, CelScalar, type CelValue, celFunc, listType } from '@bufbuild/cel'

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
export const concatenation: CelFunc = celFunc('_+_', [list, list], list, (left, right) => concatenate(left, right))

function concatenate(left: CelList, right: CelList): CelList {
  if (left.size === 0) return right
  if (right.size === 0) return left
  const isTip = left instanceof GrowingList && left.array.length === left.size
  const array = isTip ? left.array : [...left]
  const size = left.size + right.size
  for (const item of right) array.push(item)
  return new GrowingList(array, size) as unknown as CelList
}
