import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  formatCheckpoint,
  formatVkey,
  keyId,
  LedgerError,
  noteKeyTypes,
  openCheckpoint,
  openNote,
  openPrivateKey,
  type PrivateKey,
  parseCheckpoint,
  parseVkey,
  signNote,
  toBase64,
  utf8,
} from './index.ts'

// The example of C2SP signed-note: its text holds an empty line.
const poem = `Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
`

const name = 'log.example/a'
const key = openPrivateKey(new Uint8Array(32).fill(1))
const other = openPrivateKey(new Uint8Array(32).fill(2))
const verifier = parseVkey(formatVkey(name, noteKeyTypes.ed25519, key.publicKey))
const note = signNote('one\ntwo\n', [{ name, key }])
const signatureLine = note.slice(note.lastIndexOf('— '))

/** Any UTF-16, half surrogate pairs too. */
const anyText = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units))

const refusal = (code: string) => expect.objectContaining({ name: 'LedgerError', code })

test('the example of the specification splits at its last empty line and is refused without its key', async () => {
  await expect(openNote(poem, [verifier])).rejects.toEqual(refusal('note_unsigned'))
})

test('a note opens with the key that signed it, and says who signed', async () => {
  expect(await openNote(note, [verifier])).toEqual({ text: 'one\ntwo\n', signatures: [{ verifier, time: undefined }] })
})

test('signatures of unknown keys are passed over, up to sixteen at least, whatever they hold', async () => {
  const strangers = Array.from(
    { length: 15 },
    (_, i) => `— stranger${i}.example ${toBase64(new Uint8Array(2424).fill(i))}\n`,
  )
  expect((await openNote(note + strangers.join(''), [verifier])).signatures.length).toBe(1)
  const sameName = `— ${name} ${toBase64(Uint8Array.of(0, 0, 0, 0, 1))}\n`
  expect((await openNote(note + sameName, [verifier])).signatures.length).toBe(1)
})

test('a wrong signature of a known key refuses the whole note, before or after a right one', async () => {
  const wrong = signNote('another\n', [{ name, key }])
  const wrongLine = wrong.slice(wrong.lastIndexOf('— '))
  await expect(openNote(note + wrongLine, [verifier])).rejects.toEqual(refusal('note_signature_wrong'))
  await expect(openNote(`one\ntwo\n\n${wrongLine}${signatureLine}`, [verifier])).rejects.toEqual(
    refusal('note_signature_wrong'),
  )
})

test('a signature that is there twice counts once', async () => {
  expect((await openNote(note + signatureLine, [verifier])).signatures.length).toBe(1)
})

test('one trusted key given twice is a mistake of the caller', async () => {
  await expect(openNote(note, [verifier, verifier])).rejects.toEqual(refusal('key_invalid'))
})

test.each([
  ['no signature', 'one\n\n'],
  ['no empty line', `one\n${signatureLine}`],
  ['no last line feed', note.slice(0, -1)],
  ['a hyphen instead of the dash', note.replace('—', '-')],
  ['two spaces', note.replace(`${name} `, `${name}  `)],
  ['a carriage return', note.replace('two\n', 'two\r\n')],
  ['a tab', note.replace('one', 'o\tne')],
  ['a NUL', note.replace('one', 'o\0ne')],
  ['half a surrogate pair', note.replace('one', '\ud800')],
  ['base64 without padding', note.replace(/=+\n$/, '\n')],
  ['base64 of the URL alphabet', note.replace(/ [A-Za-z0-9+/](?=[^ ]*\n$)/, ' _')],
  ['loose bits in base64', `one\n\n— a.example AAAAAAF=\n`],
  ['a signature of four bytes', 'one\n\n— a.example AAAAAA==\n'],
  ['a name with a plus', 'one\n\n— a+b AAAAAAA=\n'],
  ['a line that is no signature', `${note}more\n`],
  ['101 signatures', note + signatureLine.repeat(100)],
  ['a megabyte', `${'x'.repeat(1_000_000)}\n\n${signatureLine}`],
])('a note with %s is malformed', async (_, text) => {
  expect(text).not.toBe(note)
  await expect(openNote(text, [verifier])).rejects.toEqual(refusal('note_invalid'))
})

test('no text but lines can be signed', () => {
  for (const text of ['', 'no line feed', 'a\tb\n', '\ud800\n']) {
    expect(() => signNote(text, [{ name, key }])).toThrow(refusal('note_invalid'))
  }
  expect(() => signNote('a\n', [{ name: 'a b', key }])).toThrow(refusal('key_invalid'))
})

test('a vkey is the one that the Go tools print, and reads back', () => {
  // From the log of Tessera's tests.
  const theirs = 'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx'
  const parsed = parseVkey(theirs)
  expect(parsed).toMatchObject({ name: 'example.com/log/testdata', keyId: '33d7b496', type: 1 })
  expect(formatVkey(parsed.name, parsed.type, parsed.key.bytes)).toBe(theirs)
})

test('a vkey with another id, kind, key or form is refused', () => {
  const vkey = formatVkey(name, noteKeyTypes.ed25519, key.publicKey)
  const id = keyId(name, noteKeyTypes.ed25519, key.publicKey)
  for (const wrong of [
    vkey.replace(id, '00000000'),
    vkey.replace(id, id.toUpperCase()),
    vkey.replace(name, 'log.example/b'),
    vkey.replace(name, 'log example'),
    `${vkey}=`,
    `${vkey}\n`,
    `${name}+${id}`,
    `${name}+${id}+${toBase64(Uint8Array.of(2, ...key.publicKey))}`,
    `${name}+${id}+${toBase64(Uint8Array.of(1, ...key.publicKey, 0))}`,
    '',
  ]) {
    expect(wrong).not.toBe(vkey)
    expect(() => parseVkey(wrong), wrong).toThrow(refusal('key_invalid'))
  }
})

/** A note with a cosignature made by hand from C2SP tlog-cosignature. */
function cosigned(text: string, witness: PrivateKey, time: bigint): string {
  const clock = new Uint8Array(8)
  new DataView(clock.buffer).setBigUint64(0, time)
  const signature = witness.sign(utf8(`cosignature/v1\ntime ${time}\n${text}`))
  const id = keyId('w.example', noteKeyTypes.cosignature, witness.publicKey)
  return `${signNote(text, [{ name, key }])}— w.example ${toBase64(Uint8Array.of(...Buffer.from(id, 'hex'), ...clock, ...signature))}\n`
}

const witness = parseVkey(formatVkey('w.example', noteKeyTypes.cosignature, other.publicKey))
const body = formatCheckpoint({ origin: name, size: 7, root: new Uint8Array(32) })

test('a cosignature tells when the witness saw the checkpoint', async () => {
  const opened = await openCheckpoint(cosigned(body, other, 1_790_000_000n), [verifier, witness], name)
  expect(opened).toMatchObject({ origin: name, size: 7, cosignatures: [{ name: 'w.example', time: 1_790_000_000 }] })
})

test('a cosignature with another time, or by another key, refuses the note', async () => {
  const right = cosigned(body, other, 1n)
  const moved = right.replace(/(— w\.example [A-Za-z0-9+/]{15}).(.*)\n$/, '$1g$2\n')
  expect(moved).not.toBe(right)
  await expect(openNote(moved, [verifier, witness])).rejects.toEqual(refusal('note_signature_wrong'))
  await expect(openNote(cosigned(body, other, 2n ** 63n), [verifier, witness])).rejects.toEqual(
    refusal('note_signature_wrong'),
  )
})

test('a checkpoint that only witnesses signed is not one of the log', async () => {
  await expect(openCheckpoint(cosigned(body, other, 1n), [witness], name)).rejects.toEqual(refusal('note_unsigned'))
})

test('a checkpoint body has the form of the specification', () => {
  expect(body).toBe(`log.example/a\n7\n${'A'.repeat(43)}=\n`)
  expect(parseCheckpoint(body)).toEqual({ origin: name, size: 7, root: new Uint8Array(32), extensions: [] })
  expect(parseCheckpoint(`${body}more\n`).extensions).toEqual(['more'])
})

test.each([
  ['no line feed at the end', body.slice(0, -1)],
  ['an empty origin', body.replace(name, '')],
  ['a leading zero', body.replace('\n7\n', '\n07\n')],
  ['a sign', body.replace('\n7\n', '\n+7\n')],
  ['a negative size', body.replace('\n7\n', '\n-7\n')],
  ['a hexadecimal size', body.replace('\n7\n', '\n0x7\n')],
  ['a space in the size', body.replace('\n7\n', '\n7 \n')],
  ['digits that are not ASCII', body.replace('\n7\n', '\n\u0667\n')],
  ['a size beyond 2^53', body.replace('\n7\n', '\n9007199254740992\n')],
  ['no size', body.replace('\n7\n', '\n\n')],
  ['a root of 31 bytes', `${name}\n7\n${toBase64(new Uint8Array(31))}\n`],
  ['a root in loose base64', body.replace('A=\n', 'B=\n')],
  ['an empty extension line', `${body}\nmore\n`],
  ['a carriage return', body.replaceAll('\n', '\r\n')],
  ['two lines', `${name}\n7\n`],
  ['nothing', ''],
])('a checkpoint with %s is refused', (_, text) => {
  expect(text).not.toBe(body)
  expect(() => parseCheckpoint(text)).toThrow(refusal('checkpoint_invalid'))
})

test('no change of one character of a signed note is accepted', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(note.length - 1),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
      async (at, mark) => {
        fc.pre(note[at] !== mark)
        const changed = note.slice(0, at) + mark + note.slice(at + 1)
        await expect(openNote(changed, [verifier])).rejects.toBeInstanceOf(LedgerError)
      },
    ),
    { numRuns: 500 },
  )
})

test('whatever the text, nothing but a ledger error is thrown', async () => {
  const nearNote = fc
    .tuple(fc.nat(note.length), fc.string())
    .map(([at, inserted]) => note.slice(0, at) + inserted + note.slice(at))
  const text = fc.oneof(
    nearNote,
    anyText,
    fc.string().map((line) => `${line}\n\n— ${line}\n`),
  )
  await fc.assert(
    fc.asyncProperty(text, async (given) => {
      for (const read of [
        () => openNote(given, [verifier]),
        async () => parseVkey(given),
        async () => parseCheckpoint(given),
      ]) {
        await read().catch((error: unknown) => expect(error).toBeInstanceOf(LedgerError))
      }
    }),
    { numRuns: 500 },
  )
})
