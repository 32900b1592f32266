import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type CelValue,
  celUint,
  isCelError,
  isCelList,
  isCelMap,
  isCelType,
  isCelUint,
  parse,
  plan,
} from '@bufbuild/cel'
import {
  getConformanceSuite,
  type IncrementalTest,
  type IncrementalTestSuite,
} from '@bufbuild/cel-spec/testdata/tests.js'
import { createRegistry } from '@bufbuild/protobuf'
import { isReflectMessage } from '@bufbuild/protobuf/reflect'
import { anyUnpack, DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt'
import { expect, test } from 'vitest'
import { createBudget } from '../../src/kernel/policy/cel/budget.ts'
import { createEnvironment } from '../../src/kernel/policy/cel/functions.ts'

/**
 * The conformance suite of the CEL specification over the environment in which rules are evaluated. What needs Protobuf
 * messages or containers is not run, because facts are JSON; `cel-differences.txt` names every test whose answer is another.
 */
/** Extensions of CEL that rules do not have; the checker refuses their functions by name. */
const extensions = [
  'optionals',
  'block_ext',
  'math_ext',
  'macros2',
  'bindings_ext',
  'encoders_ext',
  'network_ext',
  'proto2_ext',
]
const registry = createRegistry(TimestampSchema, DurationSchema)
const environment = createEnvironment(createBudget())
const listed = readFileSync(join(import.meta.dirname, 'cel-differences.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

type Original = IncrementalTest['original']
type Expected = Extract<Original['resultMatcher'], { case: 'value' }>['value']

test('the answers are those of the specification, but for the listed ones', () => {
  const all = testsOf(getConformanceSuite(), []).filter(({ name }) => !extensions.includes(name.split('/')[0] ?? ''))
  const runnable = all.filter(({ one }) => isRunnable(one))
  const different = runnable.filter(({ one }) => !isAsExpected(one)).map(({ name }) => name)
  process.stdout.write(`CEL: ${runnable.length} of ${all.length} tests run, ${different.length} differ as listed\n`)
  expect(runnable.length).toBeGreaterThan(1200)
  expect(different.sort()).toEqual([...listed].sort())
})

function testsOf(suite: IncrementalTestSuite, path: readonly string[]): { name: string; one: Original }[] {
  const here = [...path, suite.name]
  return [
    ...suite.tests.map(({ original, name }) => ({ name: [...here.slice(1), name].join('/'), one: original })),
    ...suite.suites.flatMap((inner) => testsOf(inner, here)),
  ]
}

function isRunnable({ container, expr, resultMatcher, bindings, checkOnly, typeEnv }: Original): boolean {
  if (
    container !== '' ||
    checkOnly ||
    /cel\.expr\.conformance|google\.protobuf|proto\./.test(expr.replaceAll(/\/\/.*|\s/g, ''))
  )
    return false
  if (
    typeEnv.some((one) =>
      JSON.stringify(one, (_, value) => (typeof value === 'bigint' ? String(value) : value)).includes('messageType'),
    )
  )
    return false
  const values = Object.values(bindings).map((one) => (one.kind.case === 'value' ? one.kind.value : undefined))
  const expected = resultMatcher.case === 'value' ? [resultMatcher.value] : []
  return (
    [...values, ...expected].every((one) => one !== undefined && isPlain(one)) &&
    !['unknown', 'anyUnknowns', 'typedResult'].includes(resultMatcher.case ?? '')
  )
}

function isPlain({ kind }: Expected): boolean {
  switch (kind.case) {
    case 'objectValue':
      return ['Timestamp', 'Duration'].some((name) => kind.value.typeUrl.endsWith(`google.protobuf.${name}`))
    case 'enumValue':
      return false
    case 'listValue':
      return kind.value.values.every(isPlain)
    case 'mapValue':
      return kind.value.entries.every(
        ({ key, value }) => key !== undefined && value !== undefined && isPlain(key) && isPlain(value),
      )
    default:
      return true
  }
}

function isAsExpected({ expr, bindings, resultMatcher }: Original): boolean {
  const result = evaluate(expr, bindings)
  if (resultMatcher.case === 'evalError' || resultMatcher.case === 'anyEvalErrors') return result instanceof Error
  if (result instanceof Error) return false
  const expected = resultMatcher.case === 'value' ? shown(fromProto(resultMatcher.value)) : 'bool true'
  return shown(result) === expected
}

function evaluate(expr: string, bindings: Original['bindings']): CelValue | Error {
  try {
    const values = Object.entries(bindings).map(([name, { kind }]) => [
      name,
      kind.case === 'value' ? fromProto(kind.value) : null,
    ])
    const result = plan(environment, parse(expr))(Object.fromEntries(values))
    return isCelError(result) ? new Error(result.message) : result
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function fromProto({ kind }: Expected): CelValue {
  switch (kind.case) {
    case 'nullValue':
      return null
    case 'uint64Value':
      return celUint(kind.value)
    case 'objectValue':
      return anyUnpack(kind.value, registry) as never
    case 'typeValue':
      return { type: kind.value } as never
    case 'listValue':
      return kind.value.values.map(fromProto) as never
    case 'mapValue':
      return new Map(
        kind.value.entries.map(({ key, value }) => [key && fromProto(key), value && fromProto(value)]),
      ) as never
    default:
      return kind.value as never
  }
}

/** A value with its type as text, whatever the order of a map. */
function shown(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'bigint') return `int ${value}`
  if (typeof value === 'number') return `double ${Object.is(value, -0) ? 0 : value}`
  if (typeof value === 'boolean') return `bool ${value}`
  if (typeof value === 'string') return `string ${JSON.stringify(value)}`
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`
  if (isCelUint(value)) return `uint ${value.value}`
  if (isCelType(value)) return `type ${value.name}`
  if (Array.isArray(value) || isCelList(value)) return `[${[...value].map(shown).join(', ')}]`
  if (value instanceof Map || isCelMap(value))
    return `{${[...value.entries()]
      .map(([key, one]) => `${shown(key)}: ${shown(one)}`)
      .sort()
      .join(', ')}}`
  const message = isReflectMessage(value) ? value.message : value
  if (typeof message === 'object' && 'seconds' in message && 'nanos' in message)
    return `${String(Reflect.get(message, '$typeName'))} ${message.seconds}.${message.nanos}`
  if (typeof message === 'object' && 'type' in message) return `type ${String(message.type)}`
  return `something else`
}
