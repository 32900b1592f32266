import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalBytes, canonicalize, type Json, JsonInvalid, parseStrict } from './canonical-json.ts'

const limits = { maxBytes: 100_000, maxDepth: 64 }
const parse = (input: string | Uint8Array) => parseStrict(input, limits)

/** Whether `work` is refused as invalid JSON; any other error is a fault. */
function refuses(work: () => unknown): boolean {
  try {
    work()
    return false
  } catch (error) {
    if (JsonInvalid.is(error)) return true
    throw error
  }
}

test('members are sorted by UTF-16 code units, as the example of RFC 8785 section 3.2.3 has it', () => {
  const value = {
    '\u20ac': 'Euro Sign',
    '\r': 'Carriage Return',
    '\ufb33': 'Hebrew Letter Dalet With Dagesh',
    '1': 'One',
    '\ud83d\ude00': 'Emoji: Grinning Face',
    '\u0080': 'Control',
    '\u00f6': 'Latin Small Letter O With Diaeresis',
  }
  expect(canonicalize(value)).toBe(
    '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis",' +
      '"€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
  )
})

test('the example of RFC 8785 section 3.2.2 has the bytes of section 3.2.4', () => {
  const text =
    '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],' +
    '"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}'
  const expected =
    '7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a5b3333333333333333332e3333333333' +
    '33332c31652b33302c342e352c302e3030322c31652d32375d2c22737472696e67223a22e282ac245c75303030665c6e4127425c225c5c5c' +
    '5c5c222f227d'
  expect(Buffer.from(canonicalize(parse(text))).toString('hex')).toBe(expected)
})

// RFC 8785 appendix B: IEEE 754 bits and their text.
test.each([
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['c340000000000000', '-9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'],
  ['444b1ae4d6e2ef4f', '999999999999999900000'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
])('the double %s is written %s', (bits, text) => {
  expect(canonicalize(Buffer.from(bits, 'hex').readDoubleBE())).toBe(text)
})

const cyclic: { self?: unknown } = {}
cyclic.self = cyclic

test.each<[string, unknown]>([
  ['a number that is not finite', Number.NaN],
  ['an infinite number', Number.NEGATIVE_INFINITY],
  ['undefined', undefined],
  ['a member that is undefined', { a: undefined }],
  ['a hole in an array', new Array(2)],
  ['a hole in a long array', new Array(200)],
  ['half a surrogate pair', 'a\ud83d'],
  ['half a surrogate pair in a name', { '\ude00': 1 }],
  ['a bigint', 1n],
  ['a function', () => 1],
  ['a symbol', Symbol('s')],
  ['a date', new Date(0)],
  ['a map', new Map()],
  ['bytes', new Uint8Array(1)],
  ['a boxed string', Object('s')],
  ['an object of a class', new (class Point {})()],
  ['a cycle', cyclic],
])('%s is refused when written', (_, value) => {
  expect(refuses(() => canonicalize(value as Json))).toBe(true)
})

test('64 levels are written and read, 65 are refused', () => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
  expect(canonicalize(parse(nested(64)))).toBe(nested(64))
  expect(refuses(() => parse(nested(65)))).toBe(true)
  expect(refuses(() => canonicalize(JSON.parse(nested(65))))).toBe(true)
  expect(refuses(() => parse('['.repeat(100_000)))).toBe(true)
})

test.each([
  ['a name that occurs twice', '{"a":1,"a":1}'],
  ['a name that occurs twice in two forms', '{"a":1,"\\u0061":2}'],
  ['half a surrogate pair', '"\\ud83d"'],
  ['a reversed surrogate pair', '"\\ude00\\ud83d"'],
  ['half a surrogate pair in a name', '{"\\ud83d":1}'],
  ['a number that overflows', '1e400'],
  ['a number that underflows', '1e-400'],
  ['an integer that a double changes', '9007199254740993'],
  ['something after the value', '1 2'],
  ['nothing', ''],
  ['only space', ' \n'],
  ['a comment', '/**/1'],
  ['a trailing comma', '[1,]'],
  ['a leading comma', '{,"a":1}'],
  ['a leading zero', '01'],
  ['a plus sign', '+1'],
  ['a bare point', '1.'],
  ['NaN', 'NaN'],
  ['a hexadecimal number', '0x10'],
  ['a name without quotes', '{a:1}'],
  ['single quotes', "'a'"],
  ['a control character in a string', '"\n"'],
  ['a wrong escape', '"\\x41"'],
  ['a short escape', '"\\u00"'],
  ['a string without an end', '"\\"'],
  ['an array without an end', '[1'],
  ['an object without an end', '{"a":1'],
  ['another space', '\u00a01'],
  ['a byte order mark', '\ufeff1'],
  ['a word cut short', 'tru'],
  ['a word and more', 'nulls'],
])('%s is refused when read', (_, text) => {
  expect(refuses(() => parse(text))).toBe(true)
  expect(refuses(() => parse(new TextEncoder().encode(text)))).toBe(true)
})

test('bytes that are not UTF-8 are refused', () => {
  for (const bytes of [
    [0x22, 0xff, 0x22],
    [0x22, 0xc0, 0xaf, 0x22],
    [0x22, 0xed, 0xa0, 0x80, 0x22],
    [0xef, 0xbb, 0xbf, 0x31],
  ]) {
    expect(refuses(() => parse(Uint8Array.from(bytes)))).toBe(true)
  }
})

test('the largest size counts bytes of UTF-8', () => {
  const narrow = { maxBytes: 5, maxDepth: 1 }
  expect(parseStrict('"€"', narrow)).toBe('€')
  expect(refuses(() => parseStrict('"€a"', narrow))).toBe(true)
  expect(refuses(() => parseStrict(new TextEncoder().encode('"€a"'), narrow))).toBe(true)
})

test('integers beyond 2^53 are read when they are exact or the shortest text of their double', () => {
  const text = '[9007199254740992,-9007199254740994,44695493275922090,1e+23]'
  expect(canonicalize(parse(text))).toBe(text)
})

test('a member called __proto__ is a member and no prototype', () => {
  const value = parse('{"__proto__":{"polluted":1}}')
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  expect(canonicalize(value)).toBe('{"__proto__":{"polluted":1}}')
  expect(refuses(() => parse('{"__proto__":1,"__proto__":2}'))).toBe(true)
})

const json = fc.jsonValue({ maxDepth: 5, stringUnit: 'grapheme' })

test('what is written reads back as the same value, and is written the same again', () => {
  fc.assert(
    fc.property(json, (value) => {
      const text = canonicalize(value as Json)
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      expect(canonicalize(parse(text))).toBe(text)
    }),
  )
})

test('a long array is written item by item, as a short one is', () => {
  const items = Array.from({ length: 200 }, (_, i) => ({ b: i, a: [i] }))
  expect(canonicalize(items)).toBe(`[${items.map(({ b }) => `{"a":[${b}],"b":${b}}`).join(',')}]`)
})

test('any names, few or many, are in the order of the bytes of their UTF-16', () => {
  const names = fc.uniqueArray(fc.string({ unit: 'grapheme' }), { minLength: 0, maxLength: 70 })
  fc.assert(
    fc.property(names, (all) => {
      const members = Object.fromEntries(all.filter((one) => one !== '__proto__').map((one, at) => [one, at]))
      const bytes = (name: string) => Buffer.from(name, 'utf16le').swap16()
      const expected = Object.entries(members).sort(([a], [b]) => Buffer.compare(bytes(a), bytes(b)))
      const text = expected.map(([name, at]) => `${JSON.stringify(name)}:${at}`).join(',')
      expect(canonicalize(members)).toBe(`{${text}}`)
    }),
  )
})

test('as bytes, an object is written as its text is, however long its lists are', () => {
  const items = fc.array(json, { minLength: 0, maxLength: 200 })
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.oneof(items, json), { maxKeys: 4 }), (members) => {
      const value = members as Record<string, Json>
      expect(canonicalBytes(value).toString()).toBe(canonicalize(value))
    }),
    { numRuns: 50 },
  )
  const long = Array.from({ length: 300 }, (_, at) => ({ é: at, a: '\ud83d\ude00' }))
  for (const cut of [0, 1, 63, 64, 65, 128, 129, 300])
    expect(canonicalBytes({ b: long.slice(0, cut), a: 1 }).toString()).toBe(
      canonicalize({ a: 1, b: long.slice(0, cut) }),
    )
  // biome-ignore lint/suspicious/noSparseArray: a hole is what is tried
  const holes = [...long.slice(0, 100), , 1] as Json[]
  for (const wrong of [{ a: holes }, { a: [...long, undefined] }, { a: [...long, '\ud800'] }, new Map()])
    expect(refuses(() => canonicalBytes(wrong as Record<string, Json>))).toBe(true)
})

test('the order of members and the space between them do not matter', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), json), (members) => {
      const reversed = Object.fromEntries(Object.entries(members).reverse())
      expect(canonicalize(parse(JSON.stringify(reversed, null, 2)))).toBe(canonicalize(members as Json))
    }),
  )
})

test('what is read is what the engine reads, and what the engine refuses is refused', () => {
  const nearJson = fc.tuple(json, fc.nat(), fc.string({ maxLength: 2 })).map(([value, at, inserted]) => {
    const text = JSON.stringify(value)
    const cut = at % (text.length + 1)
    return text.slice(0, cut) + inserted + text.slice(cut)
  })
  fc.assert(
    fc.property(fc.oneof(nearJson, fc.string()), (text) => {
      let expected: unknown
      let isJson = true
      try {
        expected = JSON.parse(text)
      } catch {
        isJson = false
      }
      if (!isJson) expect(refuses(() => parse(text))).toBe(true)
      else if (!refuses(() => parse(text))) expect(parse(text)).toEqual(expected)
    }),
    { numRuns: 2000 },
  )
})

test('whatever the bytes, nothing but the declared error is thrown', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void refuses(() => parse(bytes))))
})
