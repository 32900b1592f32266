import { z } from 'zod'
import { canonicalize, type Json } from '#platform/canonical-json.ts'
import { yamlValue } from '../lifecycle/canonical.ts'
import type { Pack } from '../pack/pack.ts'

const status = z.enum(['pass', 'fail', 'unknown', 'not_applicable', 'error'])
export type ExpectedStatus = z.infer<typeof status>

const Case = z.strictObject({
  name: z.string().min(1).max(200),
  /** JSON merge patch (RFC 7396) over the fixture. */
  patch: z.unknown().optional(),
  /** By id of the rule within the pack. */
  expect: z.record(z.string(), status),
  /** Pattern (RE2) that the message of a rule has to match. */
  message: z.record(z.string(), z.string().max(200)).default({}),
})

const TestFile = z.strictObject({
  apiVersion: z.literal('countersign.dev/v1'),
  kind: z.literal('PolicyTest'),
  /** `example`: the facts that the product gives as an example; otherwise facts. */
  fixture: z.union([z.literal('example'), z.record(z.string(), z.unknown())]).default('example'),
  cases: z.array(Case).min(1).max(500),
  /** Mutants that change nothing that could be told, as a run names them, each with the reason. */
  equivalent: z
    .array(z.strictObject({ mutant: z.string().max(300), why: z.string().min(3).max(500) }))
    .max(200)
    .default([]),
})

export interface TestCase {
  readonly name: string
  readonly facts: Json
  /** By full id of the rule. */
  readonly expect: ReadonlyMap<string, ExpectedStatus>
  readonly message: ReadonlyMap<string, string>
}

export interface Tests {
  readonly cases: readonly TestCase[]
  readonly equivalent: ReadonlySet<string>
}

/** The tests of a pack from their file; the first mistake in words when it is none. */
export function readTests(text: string, pack: Pack, example: Json): Tests | string {
  if (text.trim() === '') return 'there are no tests'
  const parsed = TestFile.safeParse(yamlValue(text))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return `the file of tests is not valid: \`${issue?.path.join('.') || 'it'}\` ${issue?.message ?? 'is wrong'}`
  }
  const { fixture, cases, equivalent } = parsed.data
  const base = fixture === 'example' ? example : jsonOf(fixture)
  if (base === undefined) return 'the fixture is no JSON'
  const read: TestCase[] = []
  for (const one of cases) {
    const found = readCase(one, pack, base)
    if (typeof found === 'string') return `case \`${one.name}\` ${found}`
    read.push(found)
  }
  return { cases: read, equivalent: new Set(equivalent.map((one) => one.mutant)) }
}

function readCase(one: z.output<typeof Case>, pack: Pack, base: Json): TestCase | string {
  const patch = one.patch === undefined ? {} : jsonOf(one.patch)
  if (patch === undefined) return 'has a patch that is no JSON'
  const [expect, message] = [byRule(pack, one.expect), byRule(pack, one.message)]
  const strange = [...expect.keys(), ...message.keys()].find((id) => !pack.rules.some((rule) => rule.id === id))
  if (strange !== undefined) return `speaks of \`${strange}\`, and there is no such rule`
  return { name: one.name, facts: mergePatch(base, patch), expect, message }
}

function byRule<T>(pack: Pack, values: Readonly<Record<string, T>>): Map<string, T> {
  return new Map(
    Object.entries(values).map(([id, value]) => [id.startsWith(`${pack.id}.`) ? id : `${pack.id}.${id}`, value]),
  )
}

function jsonOf(value: unknown): Json | undefined {
  try {
    canonicalize(value as Json)
    return value as Json
  } catch {
    return undefined
  }
}

/** RFC 7396. */
export function mergePatch(target: Json, patch: Json): Json {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const isObject = typeof target === 'object' && target !== null && !Array.isArray(target)
  const merged = new Map<string, Json>(isObject ? Object.entries(target) : [])
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name)
    else merged.set(name, mergePatch(merged.get(name) ?? null, value))
  }
  return Object.fromEntries(merged)
}
