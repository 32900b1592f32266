import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesSource, readZip } from './read-zip.ts'
import { memberOf, writeZip, type ZipMember } from './write-zip.ts'
import { crc32, ZipRefused } from './zip-format.ts'

const text = (value: string) => new TextEncoder().encode(value)

async function zipOf(members: readonly ZipMember[]): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  const size = await writeZip(members, async (chunk) => void chunks.push(Uint8Array.from(chunk)))
  const bytes = Uint8Array.from(Buffer.concat(chunks))
  expect(bytes.length).toBe(size)
  return bytes
}

/** Two members, `a` with 3 bytes at 0 and `b/c` with 2 bytes at 34; the directory begins at 69, its second header at 116. */
const twoMembers = () => zipOf([memberOf('b/c', text('de')), memberOf('a', text('abc'))])
const CENTRAL = 69
const SECOND = CENTRAL + 47
const END = SECOND + 49

async function reasonOf(bytes: Uint8Array): Promise<unknown> {
  try {
    const zip = await readZip(bytesSource(bytes))
    for (const name of zip.names) await zip.read(name)
    return 'accepted'
  } catch (error) {
    if (!ZipRefused.is(error)) throw error
    return error.facts['reason']
  }
}

test('the checksum is the CRC-32 of ISO 3309, by its published check value', () => {
  expect(crc32(text('123456789'))).toBe(0xcbf43926)
})

test('an archive reads back, in order of its names', async () => {
  const zip = await readZip(bytesSource(await twoMembers()))
  expect(zip.names).toEqual(['a', 'b/c'])
  expect(new TextDecoder().decode(await zip.read('b/c'))).toBe('de')
})

test('the bytes of an archive follow from its contents alone', async () => {
  expect(await twoMembers()).toEqual(await zipOf([memberOf('a', text('abc')), memberOf('b/c', text('de'))]))
})

test('other programs read the archive and find nothing but its members', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-zip-'))
  try {
    writeFileSync(join(folder, 'x.zip'), await twoMembers())
    const script =
      'import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);assert z.testzip() is None;' +
      'print([(i.filename,i.file_size,i.date_time,i.compress_type,len(i.extra),len(i.comment)) for i in z.infolist()],z.read("b/c"))'
    expect(execFileSync('python3', ['-c', script, join(folder, 'x.zip')], { encoding: 'utf8' }).trim()).toBe(
      "[('a', 3, (1980, 1, 1, 0, 0, 0), 0, 0, 0), ('b/c', 2, (1980, 1, 1, 0, 0, 0), 0, 0, 0)] b'de'",
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

const patch =
  (at: number, ...values: number[]) =>
  (bytes: Uint8Array) => {
    bytes.set(values, at)
    return bytes
  }

test.each<[string, string, (bytes: Uint8Array) => Uint8Array]>([
  ['a cut end', 'end_record_missing', (bytes) => bytes.slice(0, 40)],
  ['nothing at all', 'end_record_missing', () => new Uint8Array()],
  ['data behind the end', 'data_after_end', (bytes) => Uint8Array.from([...bytes, 1, 2, 3])],
  ['a comment', 'comment', (bytes) => Uint8Array.from([...patch(END + 20, 3)(bytes), 1, 2, 3])],
  ['data in front', 'data_before_first', (bytes) => Uint8Array.from([9, 9, ...bytes])],
  ['a member less in the end record', 'central_header', patch(END + 8, 1, 0, 1, 0)],
  ['two counts of members', 'multiple_disks', patch(END + 8, 1, 0)],
  ['a compressed member', 'compressed', patch(CENTRAL + 10, 8)],
  ['an encrypted member', 'encrypted', patch(CENTRAL + 8, 1)],
  ['a data descriptor', 'data_descriptor', patch(CENTRAL + 8, 8)],
  ['a name in another encoding', 'flags', patch(CENTRAL + 9, 8)],
  ['an extra field', 'extra_field', patch(CENTRAL + 30, 4)],
  ['a comment of a member', 'comment', patch(CENTRAL + 32, 4)],
  ['a symbolic link', 'attributes', patch(CENTRAL + 40, 0xff, 0xa1)],
  ['a Unix creator', 'version', patch(CENTRAL + 5, 3)],
  ['another time', 'time', patch(CENTRAL + 12, 1)],
  ['two sizes in the directory', 'size', patch(CENTRAL + 20, 4)],
  ['another size', 'gap_or_overlap', (bytes) => patch(CENTRAL + 20, 4, 0, 0, 0, 4)(bytes)],
  ['overlapping members', 'gap_or_overlap', patch(SECOND + 42, 0)],
  ['a member that begins later', 'data_before_first', patch(CENTRAL + 42, 1)],
  ['another local name', 'local_header', patch(30, 'z'.charCodeAt(0))],
  ['a compressed local header', 'local_header', patch(8, 8)],
  ['other data', 'checksum', patch(31, 'z'.charCodeAt(0))],
  ['a backslash in a name', 'name', patch(SECOND + 47, '\\'.charCodeAt(0))],
  ['an absolute name', 'name', patch(SECOND + 46, '/'.charCodeAt(0))],
  ['a folder', 'directory', patch(SECOND + 48, '/'.charCodeAt(0))],
  ['a name with a zero byte', 'name', patch(SECOND + 46, 0)],
  ['a name that is not ASCII', 'name', patch(SECOND + 46, 0xc3)],
])('%s is refused as %s', async (_what, reason, trick) => {
  expect(await reasonOf(trick(await twoMembers()))).toBe(reason)
})

test('two members of one name, or of names that fall together when unpacked, are refused', async () => {
  const bytes = Buffer.from(await zipOf([memberOf('a', text('1')), memberOf('b', text('2'))]))
  for (const at of [32 + 30, 64 + 47 + 46]) bytes.write('a', at)
  expect(await reasonOf(bytes)).toBe('duplicate_name')
  const renamed = (first: string, second: string) =>
    zipOf([memberOf(first, text('1')), memberOf(second, text('2'))]).then(reasonOf)
  expect(await renamed('A', 'a')).toBe('duplicate_name')
  expect(await renamed('a', 'a/b')).toBe('duplicate_name')
  await expect(zipOf([memberOf('a', text('1')), memberOf('a', text('2'))])).rejects.toThrow('two members have one name')
})

test('names out of order are refused, though both headers agree', async () => {
  const bytes = Buffer.from(await zipOf([memberOf('a', text('1')), memberOf('b', text('2'))]))
  const swapped = Buffer.from(bytes)
  for (const at of [30, 64 + 46]) swapped.write('b', at)
  for (const at of [32 + 30, 64 + 47 + 46]) swapped.write('a', at)
  expect(await reasonOf(swapped)).toBe('unsorted')
})

test.each([
  '../a',
  '/a',
  'a/../b',
  'a//b',
  'a\\b',
  'a\0',
  '',
  '.',
  'a/',
  'é',
  'a b',
  'a.',
  `${'a'.repeat(201)}`,
  'a\nb',
])('the name %j cannot be written', async (name) => {
  await expect(zipOf([memberOf(name, text('x'))])).rejects.toSatisfy(ZipRefused.is)
})

test('a member whose bytes are not those declared is refused while writing', async () => {
  await expect(zipOf([{ ...memberOf('a', text('abc')), read: async () => text('abd') }])).rejects.toThrow('checksum')
  await expect(zipOf([{ ...memberOf('a', text('abc')), read: async () => text('ab') }])).rejects.toThrow('size')
})

test('any set of members reads back, and no changed byte is accepted', async () => {
  const name = fc.stringMatching(/^[a-z0-9]{1,6}(\/[a-z0-9]{1,4})?$/)
  const members = fc.dictionary(name, fc.uint8Array({ maxLength: 60 }), { minKeys: 1, maxKeys: 5 })
  await fc.assert(
    fc.asyncProperty(members, fc.nat(), fc.integer({ min: 1, max: 255 }), async (contents, position, change) => {
      const names = Object.keys(contents)
      fc.pre(!names.some((one) => names.some((other) => other.startsWith(`${one}/`))))
      const bytes = await zipOf(Object.entries(contents).map(([key, value]) => memberOf(key, value)))
      const zip = await readZip(bytesSource(bytes))
      for (const key of zip.names) expect(await zip.read(key)).toEqual(contents[key])
      const at = position % bytes.length
      bytes[at] = (bytes[at] ?? 0) ^ change
      expect(await reasonOf(bytes)).not.toBe('accepted')
    }),
    { numRuns: 300 },
  )
})

test('arbitrary bytes give the one error and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      expect(await reasonOf(bytes)).not.toBe('accepted')
    }),
  )
})
