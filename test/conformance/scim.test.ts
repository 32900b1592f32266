import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeFolder } from '../folders.ts'
import { startTestProduct, type TestProduct } from '../harness.ts'
import { type ScimClientOf, scimOf } from '../scim.ts'

/** Suites of others against our SCIM service, over a socket. */
const run = promisify(execFile)

let product: TestProduct
let scim: ScimClientOf
let base: string
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 1_000_000 } })
  scim = await scimOf(product)
  await product.app.listen({ port: 0, host: '127.0.0.1' })
  base = `http://127.0.0.1:${(product.app.server.address() as AddressInfo).port}/scim/v2`
})
afterAll(() => product.close())

/** `standards/scim` in CONFORMANCE_DATA has the suite that Okta publishes for its partners. */
const okta = join(process.env['CONFORMANCE_DATA'] ?? '', 'standards/scim/Okta-SCIM-20-SPEC-Test.json')
const hasOkta = process.env['CONFORMANCE_DATA'] !== undefined && existsSync(okta)
if (!hasOkta) process.stdout.write('NOT RUN: Okta SCIM suite: CONFORMANCE_DATA has no standards/scim\n')

interface Step {
  readonly step_type: string
  readonly skipped?: boolean
  readonly note: string
  readonly method: string
  readonly url: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, readonly string[]>>
  readonly assertions: readonly Assertion[]
  readonly variables?: readonly { readonly name: string | null; readonly property: string }[]
}

interface Assertion {
  readonly source: string
  readonly property?: string | null
  readonly comparison: string
  readonly value?: unknown
}

describe.skipIf(!hasOkta)("Okta's SPEC suite", () => {
  test('every step holds', async () => {
    // the suite begins with whoever is there
    await scim.send('POST', '/Users', {
      userName: 'first@example.com',
      name: { givenName: 'F', familyName: 'U' },
      emails: [{ value: 'first@example.com' }],
    })
    const some = () => randomBytes(4).toString('hex')
    const email = `${some()}@example.com`
    const known: Record<string, unknown> = {
      SCIMBaseURL: base,
      auth: `Bearer ${scim.token}`,
      InvalidUserEmail: `nobody-${some()}@example.com`,
      UserIdThatDoesNotExist: `00${some()}`,
      randomEmail: email,
      randomUsername: email,
      randomUsernameCaps: email.toUpperCase(),
      randomGivenName: `Gn${some()}`,
      randomFamilyName: `Fn${some()}`,
    }
    const filled = (text: string) =>
      text.replace(/\{\{(\w+)\}\}/g, (_, name) => {
        if (known[name] === undefined) throw new Error(`the suite does not say what ${name} is`)
        return String(known[name])
      })
    const steps: Step[] = JSON.parse(readFileSync(okta, 'utf8')).steps
    const requests = steps.filter((one) => one.step_type === 'request' && one.skipped !== true)
    expect(requests.length).toBeGreaterThan(10)
    const wrong: string[] = []
    for (const step of requests) {
      const headers = Object.fromEntries(
        Object.entries(step.headers ?? {}).map(([name, values]) => [name, filled(values[0] ?? '')]),
      )
      const body = step.body === undefined || step.body === '' ? {} : { body: filled(step.body) }
      const reply = await fetch(encodeURI(filled(step.url)), { method: step.method, headers, ...body })
      const answer: unknown = await reply.json().catch(() => undefined)
      for (const one of step.assertions) {
        // how long it takes is measured elsewhere
        if (one.source === 'response_time') continue
        const found = one.source === 'response_status' ? reply.status : valueAt(answer, one.property ?? '')
        const wanted = one.value === null || one.value === undefined ? '' : filled(String(one.value))
        if (!holds(one.comparison, found, wanted))
          wrong.push(`${step.note}: ${one.property} ${one.comparison} ${wanted}, not ${JSON.stringify(found)}`)
      }
      for (const { name, property } of step.variables ?? []) if (name) known[name] = valueAt(answer, property)
    }
    expect(wrong).toEqual([])
  })
})

function valueAt(answer: unknown, path: string): unknown {
  const names = path.split(/\.|\[(\d+)\]/).filter((name) => name !== undefined && name !== '')
  return names.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], answer)
}

function holds(comparison: string, found: unknown, wanted: string): boolean {
  const isIn = Array.isArray(found) ? found.includes(wanted) : String(found).includes(wanted)
  const comparisons: Record<string, boolean> = {
    equal_number: Number(found) === Number(wanted),
    equal: String(found) === wanted,
    not_empty: found !== undefined && found !== null && found !== '' && !(Array.isArray(found) && found.length === 0),
    has_value: Array.isArray(found) ? found.includes(wanted) : String(found) === wanted,
    contains: isIn,
    is_a_number: typeof found === 'number',
  }
  const answer = comparisons[comparison]
  if (answer === undefined) throw new Error(`the suite compares by ${comparison}, which is not known here`)
  return answer
}

describe('scim2-tester', () => {
  test('finds no error', async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-scim-'))
    try {
      const python = await withTester(folder)
      if (python === undefined) {
        process.stdout.write('NOT RUN: scim2-tester: python3 or pip cannot install it here\n')
        context.skip()
        return
      }
      const script = join(import.meta.dirname, 'scim-tester.py')
      const env = { PATH: process.env['PATH'], SCIM_TOKEN: scim.token }
      const { stdout } = await run(python, [script, base], { env, maxBuffer: 64 * 1024 * 1024 })
      const results = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
      expect(results.length).toBeGreaterThan(50)
      const bad = results.filter((one) => ['ERROR', 'CRITICAL', 'DEVIATION'].includes(one.status))
      expect(bad).toEqual([])
    } finally {
      await removeFolder(folder)
    }
  })
})

/** Python of an environment of its own with the suite in it; undefined where it cannot be had. */
async function withTester(folder: string): Promise<string | undefined> {
  try {
    await run('python3', ['-m', 'venv', folder])
    const python = join(folder, 'bin/python')
    const wanted = ['scim2-tester==0.5.2', 'scim2-client[httpx2]==0.13.2']
    await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...wanted], {
      timeout: 240_000,
    })
    return python
  } catch {
    return undefined
  }
}
