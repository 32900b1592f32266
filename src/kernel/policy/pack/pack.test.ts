import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { factsSchema, samplePack } from '../testing/sample.ts'
import { compilePack } from './pack.ts'

function compile(text: string) {
  return compilePack(text, { source: 'a.yaml', factsSchema })
}

/** `line:column message` of each diagnostic. */
function said(text: string): string[] {
  return compile(text).diagnostics.map((one) => `${one.line}:${one.column} ${one.message}`)
}

function help(text: string): (string | undefined)[] {
  return compile(text).diagnostics.map((one) => one.help)
}

/** A pack of one rule whose `require` starts at column 16 of line 8. */
function requiring(require: string): string {
  return `apiVersion: countersign.dev/v1
kind: GatePolicy
metadata: { id: one, title: One, owner: team:security }
spec:
  gate: merge
  rules:
    - id: only
      require: ${require}
      severity: low
      message: "'wrong'"
`
}

describe('a pack', () => {
  test('that is right has its rules, with what each reads', () => {
    const { pack, diagnostics } = compile(samplePack)
    expect(diagnostics).toEqual([])
    expect(pack).toMatchObject({ id: 'sample', gate: 'merge', category: 'quality', version: '1.0.0' })
    expect(pack?.rules.map((one) => [one.id, one.mode, one.exception])).toEqual([
      ['sample.coverage', 'enforce', 'allowed'],
      ['sample.scan', 'enforce', 'never'],
      ['sample.ticket', 'warn', 'allowed'],
    ])
    // `vars.fresh` reads `now` and `evidence.scan.at`
    expect(pack?.rules[1]?.reads).toEqual(['change.risk', 'evidence.scan.at', 'evidence.scan.critical', 'now'])
  })

  test.each([
    [
      'a misspelt key',
      samplePack.replace('  gate:', '  gates:'),
      ['5:3 `spec` lacks `gate`', '5:3 `spec` has no `gates`'],
    ],
    [
      'a key too many in a rule',
      samplePack.replace('      title: Changed', '      titel: x\n      title: Changed'),
      ['15:7 a rule has no `titel`'],
    ],
    ['another kind', samplePack.replace('GatePolicy', 'Policy'), ['2:7 `kind` must be one of GatePolicy']],
    ['no severity', samplePack.replace('      severity: medium\n', ''), ['14:7 a rule lacks `severity`']],
    [
      'a rule twice',
      samplePack.replace('- id: scan', '- id: coverage'),
      ['23:7 there are two rules `sample.coverage`'],
    ],
    ['an alias', samplePack.replace('owner: author', 'owner: *a'), ['17:14 an alias is not taken here: write it out']],
    [
      'a key twice',
      samplePack.replace('  gate: merge', '  gate: merge\n  gate: merge'),
      [expect.stringContaining('6:3 this is not YAML')],
    ],
    [
      'a parameter whose default is out of bounds',
      samplePack.replace('default: 80.0', 'default: 180.0'),
      ['8:43 the default of parameter `minCoverage` is above 100'],
    ],
    ['a variable that nobody uses', samplePack.replace('vars.fresh && ', ''), ['11:13 variable `fresh` is not used']],
    [
      'a parameter that nobody uses',
      samplePack.replace('<= params.maxCritical', '<= 0'),
      ['9:18 parameter `maxCritical` is not used'],
    ],
  ])('with %s says where', (_, text, expected) => {
    expect(said(text)).toEqual(expected)
    expect(compile(text).pack).toBeUndefined()
  })

  test('that is nothing, or something else, is refused', () => {
    for (const text of ['', '[]', '1', 'a: [', '\u0000', '{'.repeat(20_000)]) expect(compile(text).pack).toBeUndefined()
  })

  test('of any text is refused or taken, never a fault', () => {
    const pieces = samplePack.split(/(?<=\s)/)
    fc.assert(
      fc.property(fc.shuffledSubarray(pieces, { minLength: 1 }), (parts) => {
        expect(() => compile(parts.join(''))).not.toThrow()
      }),
      { numRuns: 20 },
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(() => compile(requiring(text))).not.toThrow()
      }),
      { numRuns: 60 },
    )
  })
})

describe('an expression', () => {
  test.each([
    [
      'a member that there is not',
      'change.haed == "a"',
      ['8:23 there is no `haed` in `change`'],
      ['did you mean `head`?'],
    ],
    ['a name that there is not', 'chnage.head == "a"', ['8:16 there is no `chnage`'], ['did you mean `change`?']],
    [
      'a typo in an element of a list',
      "change.files.exists(f, f.pth == 'a')",
      ['8:41 there is no `pth` in `this object`'],
      ['did you mean `path`?'],
    ],
    ['text compared with a number', 'change.lines == "10"', ['8:29 an int is never equal to a string'], [undefined]],
    [
      'a word that is none of the words',
      "change.risk == 'hihg'",
      ["8:28 'hihg' is none of 'low', 'high'"],
      [undefined],
    ],
    [
      'a word in a list of others',
      "change.risk in ['hihg', 'lwo']",
      ["8:28 'hihg', 'lwo' are none of 'low', 'high'"],
      [undefined],
    ],
    ['an order of text and number', 'change.head > 3', ['8:28 a string has no order with an int'], [undefined]],
    [
      'arithmetic of int and double',
      'change.lines * 1.5 > 2.0',
      ['8:29 an int and a double have no arithmetic'],
      ['convert one of them: double(…) or int(…)'],
    ],
    [
      'a comparison with null',
      'change.ticket == null',
      [expect.stringContaining('8:30 a member that is null is absent here')],
      ['use has(…)'],
    ],
    [
      'has() on what may be unknown',
      'has(evidence.coverage)',
      ['8:16 whether `coverage` is there may be unknown'],
      [expect.stringContaining('read it')],
    ],
    ['a parameter that there is not', 'change.lines > params.most', ['8:38 there is no parameter `most`'], [undefined]],
    [
      'a variable that there is not',
      'vars.approvals',
      ['8:21 there is no variable `approvals` before here'],
      [undefined],
    ],
    [
      'a function that there is not',
      'change.head.matchez("a")',
      ['8:27 there is no function `matchez`'],
      ['did you mean `matches`?'],
    ],
    [
      'a number where truth belongs',
      'change.lines',
      ['8:16 `require` of rule `only` gives an int, not bool'],
      [undefined],
    ],
    [
      'a list taken for an object',
      'change.files.path == "a"',
      ['8:29 a list has no members, so no `path`'],
      [undefined],
    ],
    ['what is not CEL', '"change.head == =="', [expect.stringMatching(/^8:\d+ this is not CEL/)], [undefined]],
    ['macros within macros within macros', nested(4), [expect.stringContaining('more than 3 deep')], [undefined]],
    [
      'a name of something else for an element',
      'change.files.all(change, true)',
      ['8:28 `change` is the name of something else'],
      [undefined],
    ],
    ['unsigned numbers', 'change.lines > int(1u)', ['8:35 unsigned numbers are not used here'], ['leave the `u` out']],
  ])('with %s says where, and what was meant', (_, require, expected, helps) => {
    const text = requiring(require)
    expect(said(text)).toEqual(expected)
    expect(help(text)).toEqual(helps)
  })

  test('that is folded over lines is told by the line it is on', () => {
    const folded = requiring(`>-
        change.lines > 0
          && change.files.all(f, f.line > 0
          && f.pth != '')`)
    expect(said(folded)).toEqual(['11:16 there is no `pth` in `this object`'])
  })

  test.each([
    ['in double quotes with escapes', `"change.head != \\"\\" && change.haed != 'a'"`, 47],
    ['in single quotes', `'change.head != '''' && change.haed != ''a'''`, 47],
  ])('that stands %s is told by its column', (_, require, column) => {
    expect(said(requiring(require))).toEqual([`8:${column} there is no \`haed\` in \`change\``])
  })

  test('of thousands of parentheses, or longer than 4 KB, is refused', () => {
    expect(said(requiring(`'${'('.repeat(4000)}true'`))[0]).toContain('nested too deeply')
    expect(said(requiring(`"${'true && '.repeat(600)}true"`))).toEqual([
      '8:16 `require` of rule `only` is longer than 4096 characters',
    ])
  })
})

function nested(depth: number): string {
  return depth === 0 ? 'true' : `change.files.all(f${depth}, ${nested(depth - 1)})`
}
