import { describe, expect, test } from 'vitest'
import { coverageOfLines } from './coverage.ts'

const file = (path: string, ...lines: [number, number][]) => ({ path, lines })

test('lines that carry no code are not counted, and a line that is named twice counts once', () => {
  const coverage = { files: [file('src/a.ts', [1, 5], [3, 0], [9, 1])] }
  expect(coverageOfLines(coverage, new Map([['src/a.ts', [3, 1, 2, 1]]]))).toEqual({
    lines: 2,
    hit: 1,
    files: [{ path: 'src/a.ts', lines: 2, hit: 1, missed: [3] }],
    unmatched: [],
  })
})

test('of several counts of one line the largest holds', () => {
  const coverage = { files: [file('src/a.ts', [1, 0], [2, 0]), file('src/a.ts', [1, 2])] }
  expect(coverageOfLines(coverage, new Map([['src/a.ts', [1, 2]]]))).toMatchObject({ lines: 2, hit: 1 })
})

describe('which file of the report a changed file is', () => {
  test.each([
    ['the same path', 'src/a.ts', ['src/a.ts'], true],
    ['a report with the folder of the build', 'src/a.ts', ['home/ci/app/src/a.ts'], true],
    ['a report from inside a package', 'packages/x/src/a.ts', ['src/a.ts'], true],
    ['a part of a segment', 'src/a.ts', ['lib/xsrc/a.ts'], false],
    ['the same name elsewhere', 'src/a.ts', ['lib/a.ts'], false],
    ['two that match alike', 'src/a.ts', ['one/src/a.ts', 'two/src/a.ts'], false],
    ['the longer match', 'x/src/a.ts', ['src/a.ts', 'home/x/src/a.ts'], true],
    ['no file', 'src/b.ts', ['src/a.ts'], false],
  ])('%s', (_, path, paths, isMatched) => {
    const coverage = { files: paths.map((one) => file(one, [1, 1])) }
    const found = coverageOfLines(coverage, new Map([[path, [1]]]))
    expect(found.unmatched).toEqual(isMatched ? [] : [path])
    expect(found.lines).toBe(isMatched ? 1 : 0)
  })

  test('the longer match counts, not the other', () => {
    const coverage = { files: [file('src/a.ts', [1, 0]), file('home/x/src/a.ts', [1, 3])] }
    expect(coverageOfLines(coverage, new Map([['x/src/a.ts', [1]]])).hit).toBe(1)
  })

  test('two changed files that would be one file of the report are neither, unless one has its very path', () => {
    const coverage = { files: [file('src/a.ts', [1, 1])] }
    const both = new Map([
      ['x/src/a.ts', [1]],
      ['y/src/a.ts', [1]],
    ])
    expect(coverageOfLines(coverage, both).unmatched).toEqual(['x/src/a.ts', 'y/src/a.ts'])
    expect(coverageOfLines(coverage, new Map([...both, ['src/a.ts', [1]]]))).toMatchObject({
      lines: 1,
      unmatched: ['x/src/a.ts', 'y/src/a.ts'],
    })
  })

  test('a file without changed lines of code is known and adds nothing', () => {
    expect(coverageOfLines({ files: [file('a.ts', [9, 0])] }, new Map([['a.ts', [1]]]))).toMatchObject({
      lines: 0,
      hit: 0,
      unmatched: [],
    })
  })
})
