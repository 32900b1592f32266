import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parsePatch } from './patch.ts'

test('a patch is read line by line with the numbers of both files', () => {
  const text = [
    'diff --git a/a b/a',
    '--- a/a',
    '+++ b/a',
    '@@ -1,3 +1,4 @@ function f() {',
    ' one',
    '-two',
    '+2',
    '+--- not a head',
    ' three',
    '\\ No newline at end of file',
    '@@ -10 +11,0 @@',
    '-@@ -1 +1 @@',
    '',
  ].join('\n')
  expect(parsePatch(text, false)).toEqual({
    isBinary: false,
    isCut: false,
    hunks: [
      {
        about: 'function f() {',
        lines: [
          { kind: 'context', old: 1, new: 1, text: 'one' },
          { kind: 'removed', old: 2, new: null, text: 'two' },
          { kind: 'added', old: null, new: 2, text: '2' },
          { kind: 'added', old: null, new: 3, text: '--- not a head' },
          { kind: 'context', old: 3, new: 4, text: 'three' },
        ],
      },
      { about: '', lines: [{ kind: 'removed', old: 10, new: null, text: '@@ -1 +1 @@' }] },
    ],
  })
})

test('a patch that is too long is cut and says so', () => {
  const text = `@@ -0,0 +1,9000 @@\n${'+x\n'.repeat(9000)}`
  const { hunks, isCut } = parsePatch(text, false)
  expect([isCut, hunks[0]?.lines.length]).toEqual([true, 4000])
  expect(parsePatch('@@ -1,2 +1,2 @@\n a\n b', true)).toMatchObject({
    isCut: true,
    hunks: [{ lines: [{ text: 'a' }] }],
  })
})

test('a binary file has no lines', () => {
  expect(parsePatch('Binary files a/x and b/x differ\n', false)).toEqual({ hunks: [], isBinary: true, isCut: false })
})

test('any text is read without a fault', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom('@@ -1,3 +1,4 @@', '+a', '-b', ' c', '\\ No newline', '@@ -9999999999999999999 +1 @@'),
  )
  fc.assert(
    fc.property(fc.array(piece), fc.boolean(), (rows, isCut) => {
      const patch = parsePatch(rows.join('\n'), isCut)
      return patch.hunks.every((hunk) => hunk.lines.length <= 4000)
    }),
  )
})
