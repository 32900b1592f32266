import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchesPattern } from '#platform/glob.ts'
import { readAttributes } from './attributes.ts'
import { setAsideByName } from './generated.ts'
import { readMailmap } from './mailmap.ts'

test.each([
  ['package-lock.json', 'lock'],
  ['apps/web/pnpm-lock.yaml', 'lock'],
  ['go.sum', 'lock'],
  ['node_modules/x/index.js', 'vendored'],
  ['third_party/zlib/zlib.c', 'vendored'],
  ['gradlew', 'vendored'],
  ['static/app.min.js', 'generated'],
  ['api/v1/service.pb.go', 'generated'],
  ['proto/service_pb2.py', 'generated'],
  ['src/__snapshots__/a.test.ts.snap', 'generated'],
  ['lib/model.g.dart', 'generated'],
  ['src/app.ts', undefined],
  ['package.json', undefined],
  ['src/vendors.ts', undefined],
  // to the repository of a shop or of compliance, a vendor is somebody it deals with
  ['apps/app/src/app/(app)/[orgId]/vendors/page.tsx', undefined],
  ['apps/api/src/vendors/vendors.service.ts', undefined],
  ['apps/api/src/trigger/vendor/risk/score.ts', undefined],
  ['app/models/vendor/contract.rb', undefined],
  ['vendor/github.com/x/y.go', 'vendored'],
  ['services/api/vendor/modules.txt', 'vendored'],
  ['src/vendor/zlib/inflate.c', 'vendored'],
  ['app/assets/javascripts/vendor/chart.js', 'vendored'],
  ['public/vendors/chart.js', 'vendored'],
  ['docs/lockers.md', undefined],
])('%s is %s by its name', (path, expected) => {
  expect(setAsideByName(path)).toBe(expected)
})

// Expected values: gitignore(5) and gitattributes(5), each checked with `git check-attr`.
test.each([
  ['*.ts', 'a/b/c.ts', true],
  ['*.ts', 'a.tsx', false],
  ['/a.ts', 'a.ts', true],
  ['/a.ts', 'b/a.ts', false],
  ['docs/*.md', 'docs/a.md', true],
  ['docs/*.md', 'docs/x/a.md', false],
  ['docs/**', 'docs/x/a.md', true],
  ['**/gen/*.go', 'gen/a.go', true],
  ['**/gen/*.go', 'x/y/gen/a.go', true],
  ['a/**/b', 'a/b', true],
  ['a/**/b', 'a/x/y/b', true],
  ['[a-c]?.ts', 'b1.ts', true],
  ['[!a-c]?.ts', 'b1.ts', false],
  ['dir/', 'dir/a', false],
])('the pattern %s and the path %s: %s', (pattern, path, expected) => {
  expect(matchesPattern(pattern, path)).toBe(expected)
})

// Matching that tries every way would never end here.
test('a hostile pattern is answered', () => {
  expect(matchesPattern(`${'*a'.repeat(200)}b`, 'a'.repeat(4000))).toBe(false)
  expect(matchesPattern(`${'**/a/'.repeat(80)}b`, 'a/'.repeat(1000))).toBe(false)
})

test('the last attribute that fits decides, deeper files after shallower ones', () => {
  const classOf = readAttributes([
    { path: 'sub/.gitattributes', text: 'own.ts linguist-generated=false\n' },
    {
      path: '.gitattributes',
      text: '# all\n*.ts linguist-generated\n/keep.ts -linguist-generated\nlib/** linguist-vendored=true\n',
    },
  ])
  expect(['a.ts', 'keep.ts', 'sub/own.ts', 'lib/x/y.c', 'a.c'].map(classOf)).toEqual([
    'generated',
    'counted',
    'counted',
    'vendored',
    undefined,
  ])
})

// The forms of gitmailmap(5).
test('a mailmap replaces what its line names', () => {
  const map = readMailmap(
    'Proper Name <commit@example.com>\n<proper@example.com> <old@example.com>\n# no\nBoth <both@example.com> <b@example.com>\nOne <one@example.com> Nick <shared@example.com>\n',
  )
  const read = (name: string, email: string) => Object.values(map({ name, email })).join(' ')
  expect(read('x', 'COMMIT@example.com')).toBe('Proper Name COMMIT@example.com')
  expect(read('x', 'old@example.com')).toBe('x proper@example.com')
  expect(read('x', 'b@example.com')).toBe('Both both@example.com')
  expect(read('Nick', 'shared@example.com')).toBe('One one@example.com')
  expect(read('Other', 'shared@example.com')).toBe('Other shared@example.com')
})

test('no text makes the readers fail', () => {
  const text = fc.string({ unit: 'binary', maxLength: 300 })
  fc.assert(
    fc.property(text, text, (first, second) => {
      expect([undefined, 'generated', 'vendored', 'lfs', 'counted']).toContain(
        readAttributes([{ path: '.gitattributes', text: first }])(second),
      )
      expect(typeof matchesPattern(first, second)).toBe('boolean')
      expect(readMailmap(first)({ name: second, email: second })).toBeDefined()
    }),
  )
})
