import type { Node } from 'yaml'
import { type Checked, checkExpression, expressionCharactersMax, type Names } from '../cel/check.ts'
import { describe, mayBe } from '../cel/types.ts'
import type { Shape } from '../facts/shape.ts'
import type { Source } from './source.ts'
import { readList, readText } from './yaml.ts'

/** An expression, checked; with `kinds`, its type must be one of them. */
export function readExpression(
  source: Source,
  node: Node | undefined,
  what: string,
  names: Names,
  kinds: readonly Shape['kind'][] = [],
): Checked | undefined {
  const text = readText(source, node, what, expressionCharactersMax)
  if (text === undefined || text.value.trim() === '') return undefined
  const checked = checkExpression(text, names, (offset, message, help) =>
    source.report(offset, message, help === undefined ? {} : { help }),
  )
  if (checked !== undefined && kinds.length > 0 && !mayBe(checked.type, ...kinds))
    source.report(text.offsetOf(0), `${what} gives ${describe(checked.type)}, not ${kinds.join(' or ')}`)
  return checked
}

export function readWords(source: Source, node: Node | undefined, what: string): string[] {
  return readList(source, node, what, 50).flatMap((one) => {
    const text = readText(source, one, `an entry of ${what}`, 100)
    return text === undefined ? [] : [text.value]
  })
}
