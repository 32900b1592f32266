import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { preparsePolicySet, preparseSchema, statefulIsAuthorized, validate } from '@cedar-policy/cedar-wasm/nodejs'
import { describe, expect, test } from 'vitest'

/**
 * Cedar's own integration tests, and the corpus that its formal model was checked with, over the WebAssembly that decides here.
 * They come from the folder `cedar-integration-tests` of CONFORMANCE_DATA: a checkout of cedar-policy/cedar-integration-tests,
 * with `corpus-tests.tar.gz` unpacked in it.
 */
const data = process.env['CONFORMANCE_DATA'] ?? ''
const folder = join(data, 'cedar-integration-tests')
const isThere = data !== '' && existsSync(join(folder, 'tests'))
const hasCorpus = isThere && existsSync(join(folder, 'corpus-tests'))

if (!isThere)
  process.stdout.write('NOT RUN: Cedar integration tests: CONFORMANCE_DATA has no cedar-integration-tests\n')
else if (!hasCorpus) process.stdout.write('NOT RUN: Cedar corpus: corpus-tests.tar.gz is not unpacked\n')

interface Case {
  readonly policies: string
  readonly entities: string
  readonly schema: string
  readonly shouldValidate: boolean
  readonly requests: readonly CaseRequest[]
}

interface CaseRequest {
  readonly principal: { readonly type: string; readonly id: string }
  readonly action: { readonly type: string; readonly id: string }
  readonly resource: { readonly type: string; readonly id: string }
  readonly context: Record<string, never>
  readonly validateRequest?: boolean
  readonly decision: string
  readonly reason: readonly string[]
  readonly errors: readonly string[]
}

interface Tally {
  files: number
  requests: number
  /** Requests that are refused before Cedar sees them: an integer in them is beyond 2^53, which JSON does not carry here. */
  refused: number
  readonly refusedFiles: Set<string>
  readonly wrong: string[]
  readonly validationDiffers: string[]
}

describe.skipIf(!isThere)('Cedar integration tests', () => {
  test('every decision, reason, error and validation is the expected one', () => {
    const files = readdirSync(join(folder, 'tests'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.json'))
      .map((path) => join('tests', path))
    const tally = run(files)
    expect(tally).toMatchObject({ files: 22, requests: 74, refused: 0, wrong: [], validationDiffers: [] })
  })
})

describe.skipIf(!hasCorpus)('Cedar corpus', () => {
  test('differs in the listed ways and no other', () => {
    const files = readdirSync(join(folder, 'corpus-tests'))
      .filter((path) => path.endsWith('.json') && !path.endsWith('.entities.json'))
      .map((path) => join('corpus-tests', path))
    const tally = run(files)
    process.stdout.write(
      `Cedar corpus: ${tally.requests} requests, ${tally.refused} refused, ${tally.validationDiffers.length} validations differ\n`,
    )
    expect(tally).toMatchObject({ files: 7809, requests: 62_472, refused: 160, wrong: [] })
    expect([...tally.refusedFiles].sort()).toEqual(listed('refused'))
    expect(tally.validationDiffers.sort()).toEqual(listed('validation'))
    // 4.13 warns where 4.12 had an error, of a policy that fits no action; `compileCedar` makes an error of it again
    expect(tally.validationDiffers.filter((file) => validates(file, 'warnings of no action are errors'))).toEqual([])
  })
})

function run(files: readonly string[]): Tally {
  const tally: Tally = {
    files: files.length,
    requests: 0,
    refused: 0,
    refusedFiles: new Set(),
    wrong: [],
    validationDiffers: [],
  }
  for (const file of files) runCase(file, tally)
  return tally
}

function runCase(file: string, tally: Tally): void {
  const one: Case = JSON.parse(read(file))
  const schema = read(one.schema)
  const staticPolicies = read(one.policies)
  const entities = read(one.entities)
  if (validates(file, 'errors only') !== one.shouldValidate) tally.validationDiffers.push(file)
  preparseSchema('case', schema)
  preparsePolicySet('case', { staticPolicies })
  for (const [i, request] of one.requests.entries()) {
    tally.requests++
    const outcome = ask(request, entities)
    if (outcome === 'refused') {
      tally.refused++
      tally.refusedFiles.add(file)
    } else if (outcome !== 'expected') tally.wrong.push(`${file} ${i}: ${outcome}`)
  }
}

function validates(file: string, fatal: 'errors only' | 'warnings of no action are errors'): boolean {
  const { schema, policies }: Case = JSON.parse(read(file))
  const staticPolicies = read(policies)
  const answer = validate({
    validationSettings: { mode: 'strict' },
    schema: read(schema),
    policies: { staticPolicies },
  })
  if (answer.type === 'failure' || answer.validationErrors.length > 0) return false
  const isNoAction = (message: string) => message.includes('unable to find an applicable action')
  return fatal === 'errors only' || !answer.validationWarnings.some((one) => isNoAction(one.error.message))
}

/** Files of the corpus that are listed under a word. */
function listed(word: string): string[] {
  return readFileSync(join(import.meta.dirname, 'cedar-differences.txt'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(`${word} `))
    .map((line) => `corpus-tests/${line.slice(word.length + 1)}`)
    .sort()
}

function ask(request: CaseRequest, entities: string): string {
  const call = {
    principal: request.principal,
    action: request.action,
    resource: request.resource,
    context: request.context,
    entities: JSON.parse(entities),
    preparsedSchemaName: 'case',
    preparsedPolicySetId: 'case',
    validateRequest: request.validateRequest ?? true,
  }
  const answer = (() => {
    try {
      return statefulIsAuthorized(call)
    } catch (error) {
      return String(error)
    }
  })()
  if (typeof answer === 'string' || answer.type === 'failure')
    return isBeyondDoubles(JSON.stringify(call)) ? 'refused' : `failed: ${JSON.stringify(answer).slice(0, 200)}`
  const { decision, diagnostics } = answer.response
  const errors = diagnostics.errors.map((one) => one.policyId).sort()
  const found = JSON.stringify([decision, [...diagnostics.reason].sort(), errors])
  const wanted = JSON.stringify([request.decision, [...request.reason].sort(), [...request.errors].sort()])
  return found === wanted ? 'expected' : `${found} instead of ${wanted}`
}

function isBeyondDoubles(text: string): boolean {
  return (text.match(/-?\d{16,}/g) ?? []).some((digits) => !Number.isSafeInteger(Number(digits)))
}

function read(path: string): string {
  return readFileSync(join(folder, path), 'utf8')
}
