import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf } from '#test/conformance/ledger-vectors.ts'
import { AuditRecord, Entry } from './record.ts'
import { isEntry, isRecord } from './record-form.ts'

async function read(name: string): Promise<unknown[]> {
  const path = fileURLToPath(new URL(`../../../../test/vectors/entries/${name}.json`, import.meta.url))
  const vectors: Record<string, { entry: string }> = JSON.parse(await readFile(path, 'utf8'))
  return Object.values(vectors).flatMap(({ entry }) => {
    try {
      return [JSON.parse(new TextDecoder().decode(bytesOf(entry)))]
    } catch {
      return []
    }
  })
}

const valid = await read('valid')
const invalid = await read('invalid')

test('every valid vector is known at once, and no invalid one is', () => {
  expect(valid.filter((entry) => !isEntry(entry))).toEqual([])
  expect(invalid.filter((entry) => isEntry(entry) && !Entry.safeParse(entry).success)).toEqual([])
  expect([valid.length >= 10, invalid.length >= 30]).toEqual([true, true])
})

/** Each place in a value, as the names that lead to it. */
function placesOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([name, member]) => placesOf(member, [...path, name]))]
}

function memberAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined),
    value,
  )
}

/** A copy in which the member at `path` is another one, or is not there. */
function changed(value: unknown, path: readonly string[], to: unknown): unknown {
  const [name, ...rest] = path
  if (name === undefined) return to
  if (Array.isArray(value)) return value.map((item, i) => (String(i) === name ? changed(item, rest, to) : item))
  const members = Object.entries(value as object).flatMap(([own, member]): [string, unknown][] => {
    if (own !== name) return [[own, member]]
    return rest.length === 0 && to === undefined ? [] : [[own, changed(member, rest, to)]]
  })
  return Object.fromEntries(members)
}

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    '',
    [],
    {},
    0,
    -1,
    1.5,
    2 ** 53,
    true,
    'user',
    'usr_a',
    'svc_a',
    'agt_a',
    'allow',
    'pass',
    'approved',
    'not_applicable',
    '2026-02-29T00:00:00.000Z',
    '2024-02-29T23:59:59.999Z',
    '2026-11-31T00:00:00.000Z',
    '2026-01-01T24:00:00.000Z',
    '0000-12-28T00:00:00.000Z',
    `sha256:${'0'.repeat(64)}`,
    `hmac-sha256:${'f'.repeat(64)}`,
    '0'.repeat(200),
    'é\u{1f600}',
    'a\nb',
    'x'.repeat(201),
    'A'.repeat(101),
    { __proto__: null, type: 'a', id: 'b' },
    [{ type: 'a', id: 'b' }],
    [{ type: 'a', id: 'b', more: 1 }],
    { name: 'a', version: null, model: null },
    { name: 'a', version: '1', model: 'm' },
    { status: 'pending', reviewer: null },
    { decision: 'deny', policy: 'p', version: '1' },
    [{ kind: 'a', tool: 't', version: null, status: 'pass', findings: 0, report: null }],
    JSON.parse('{"__proto__":1}'),
    Array.from({ length: 257 }, () => ({ type: 'a', id: 'b' })),
  ),
  fc.string(),
  fc.anything({ maxDepth: 2 }),
)

test('what it takes, the schema takes as it stands; and of what the schema takes it takes nearly all', () => {
  const seen = { taken: 0, valid: 0 }
  // another value at the same place of another entry is often right, an odd one seldom
  const donor = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...valid) }, fc.constant(undefined))
  const change = fc.tuple(fc.nat(10_000), donor, odd, fc.nat(7))
  fc.assert(
    fc.property(fc.constantFrom(...valid), fc.array(change, { minLength: 1, maxLength: 3 }), (entry, changes) => {
      const given = changes.reduce<unknown>((value, [at, from, strange, added]) => {
        const places = placesOf(value)
        const place = places[at % places.length] ?? []
        const other = changed(value, place, from === undefined ? strange : memberAt(from, place))
        return added > 0 || typeof other !== 'object' || other === null ? other : { ...other, more: 1 }
      }, entry)
      const parsed = Entry.safeParse(given)
      if (parsed.success) seen.valid++
      if (!isEntry(given)) return
      seen.taken++
      expect(parsed.success).toBe(true)
      expect(parsed.data).toEqual(given)
    }),
    { numRuns: 4000 },
  )
  expect(seen.taken).toBeGreaterThan(100)
  expect(seen.taken / seen.valid).toBeGreaterThan(0.9)
})

test('each member of a record is needed, and no other is taken', () => {
  for (const entry of valid) {
    const { p } = entry as { p: Record<string, unknown> }
    expect(isRecord(p)).toBe(true)
    expect(isRecord({ ...p, more: 1 })).toBe(false)
    for (const name of Object.keys(p)) {
      const { [name]: _, ...rest } = p
      expect([name, isRecord(rest), isRecord({ ...rest, more: 1 })]).toEqual([name, false, false])
    }
    for (const path of placesOf(p).filter((one) => one[0] !== 'data' && one.length > 0)) {
      const without = changed(p, path, undefined)
      if (isRecord(without)) expect(AuditRecord.safeParse(without).success).toBe(true)
    }
  }
})
