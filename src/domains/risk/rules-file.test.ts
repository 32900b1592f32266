import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assess } from './assess.ts'
import { readRules } from './rules-file.ts'
import { change, file } from './testing/change.ts'

const whole = `version: 1
risk:
  defaults: { dataSensitivity: low, systemCriticality: high }
  paths:
    - match: ['src/payments/**', '*.ledger']
      category: payment
      dataSensitivity: critical
      regulatoryImpact: high
      reason: card data
    - match: ['src/auth/mock/**']
      dataSensitivity: low
      systemCriticality: low
      regulatoryImpact: none
gate:
  params: { quality: { minCoverage: 85, skip: [a, b], strict: true } }
  modes: { quality.documentation: warn }
roles: { 'Alice@Example.com': [senior-developer] }
`

function factors(text: string | undefined, ...paths: readonly string[]) {
  const { rules } = readRules(text)
  const files = paths.map((path) => file(path))
  const found = assess({ change: change({ files }), rules, keepsRecords: false, review: 'unknown' })
  return found.factors.slice(0, 3).map(({ value, source }) => `${value} ${source}`)
}

test('a file says defaults, paths, parameters, modes and roles', () => {
  const { rules, problems } = readRules(whole)
  expect(problems).toEqual([])
  expect(rules.state).toBe('read')
  expect(rules.defaults).toEqual({ dataSensitivity: 'low', systemCriticality: 'high', regulatoryImpact: 'none' })
  expect(rules.paths.map(({ id, category }) => [id, category])).toEqual([
    ['paths[0]', 'payment'],
    ['paths[1]', undefined],
  ])
  expect(rules.gate).toEqual({
    params: { quality: { minCoverage: 85, skip: ['a', 'b'], strict: true } },
    modes: { 'quality.documentation': 'warn' },
  })
  expect(rules.roles).toEqual({ 'alice@example.com': ['senior-developer'] })
})

test('without a file there are the shipped defaults and the built-in rules', () => {
  const { rules, problems } = readRules(undefined)
  expect(problems).toEqual([])
  expect(rules.state).toBe('absent')
  expect(factors(undefined, 'src/a.ts')).toEqual(['medium default', 'medium default', 'none default'])
  expect(factors(undefined, 'src/auth/a.ts')).toEqual(['high derived', 'high derived', 'low derived'])
})

test('a rule of the repository replaces the built-in ones for the factors that it names, up and down', () => {
  expect(factors(whole, 'src/payments/a.ts')).toEqual(['critical derived', 'high derived', 'high derived'])
  expect(factors(whole, 'src/auth/mock/a.ts')).toEqual(['low derived', 'low derived', 'none derived'])
  expect(factors(whole, 'deep/down/a.ledger')).toEqual(['critical derived', 'high default', 'high derived'])
})

test('of several rules of the repository that match the highest counts, and of several files the highest', () => {
  const text = `version: 1
risk: { paths: [{ match: ['src/**'], dataSensitivity: critical }, { match: ['src/a.ts'], dataSensitivity: low }] }
`
  expect(factors(text, 'src/a.ts')[0]).toBe('critical derived')
  expect(factors(whole, 'src/auth/mock/a.ts', 'src/auth/a.ts')).toEqual(['high derived', 'high derived', 'low derived'])
})

test('a default of the repository is never lowered by a built-in rule that raises', () => {
  const text = 'version: 1\nrisk: { defaults: { systemCriticality: critical, dataSensitivity: critical } }\n'
  expect(factors(text, 'src/auth/a.ts')).toEqual(['critical default', 'critical default', 'low derived'])
  expect(factors(text, 'docs/a.md')).toEqual(['low derived', 'low derived', 'none default'])
})

test('the reason names rule, file and the reason that the repository gives', () => {
  const { rules } = readRules(whole)
  const found = assess({
    change: change({ files: [file('src/payments/a.ts')] }),
    rules,
    keepsRecords: false,
    review: 'unknown',
  })
  expect(found.factors[0]?.reason).toBe('paths[0] of .countersign.yaml (card data): `src/payments/a.ts`')
  expect(found.categories).toEqual([{ path: 'src/payments/a.ts', category: 'payment' }])
})

// Lines and columns counted by hand.
test.each([
  ['an unknown member', 'version: 1\nrisk:\n  path: []\n', 3, 3, '`risk` has no member `path`'],
  ['an unknown member at the top', 'version: 1\nrisks: {}\n', 2, 1, 'the file has no member `risks`'],
  [
    'a level that is none',
    'version: 1\nrisk:\n  defaults: { dataSensitivity: severe }\n',
    3,
    15,
    '`risk.defaults.dataSensitivity`: ',
  ],
  ['a missing version', 'risk: {}\n', 1, 1, '`version`: '],
  ['another version', 'version: 2\n', 1, 1, '`version`: '],
  [
    'a rule without an effect',
    "version: 1\nrisk:\n  paths:\n    - match: ['a']\n",
    4,
    7,
    '`risk.paths.0`: a rule names at least one factor',
  ],
  [
    'a folder without stars',
    "version: 1\nrisk:\n  paths:\n    - category: a\n      match: ['src/pay/']\n",
    5,
    15,
    'write `folder/**`',
  ],
  [
    'an exclusion',
    "version: 1\nrisk:\n  paths:\n    - category: a\n      match: ['!src/**']\n",
    5,
    15,
    'cannot exclude',
  ],
  [
    'braces',
    "version: 1\nrisk:\n  paths:\n    - category: a\n      match: ['src/{a,b}']\n",
    5,
    15,
    'one pattern for each',
  ],
  ['a role that is none', 'version: 1\nroles: { a@example.com: [boss] }\n', 2, 26, '`roles.a@example.com.0`: '],
  [
    'a mode that is none',
    'version: 1\ngate: { modes: { quality.docs: never } }\n',
    2,
    18,
    '`gate.modes.quality.docs`: ',
  ],
  ['a member said twice', 'version: 1\nversion: 1\n', 2, 1, 'Map keys must be unique'],
  ['broken YAML', 'version: 1\nrisk: [\n', 3, 1, ''],
  ['an alias', 'version: &v 1\nroles: *v\n', 2, 8, 'aliases are not allowed'],
  ['a tag', 'version: !!int 1\n', 1, 16, 'tags are not allowed'],
  ['two documents', 'version: 1\n---\nversion: 1\n', 2, 1, 'more than one document'],
  ['nothing', '', 1, 1, 'the file is empty'],
  ['only a comment', '# nothing\n', 1, 1, 'the file'],
  ['a name that is a list', 'version: 1\n? [a]\n: 1\n', 2, 3, 'a name must be text'],
])('%s is a mistake with its place', (_, text, line, column, message) => {
  const { rules, problems } = readRules(text, 'base:.countersign.yaml')
  expect(rules.state).toBe('wrong')
  expect(problems[0]).toMatchObject({ severity: 'error', line, column, source: 'base:.countersign.yaml' })
  expect(problems[0]?.message).toContain(message)
})

test('every mistake is named, in the order of the file', () => {
  const { problems } = readRules('version: 1\ngate: { mode: {} }\nrisk: { path: [], defaults: { a: low } }\n')
  expect(problems.map(({ line, column }) => [line, column])).toEqual([
    [2, 9],
    [3, 9],
    [3, 31],
  ])
})

test('limits: bytes, patterns, nesting, expansion', () => {
  const long = `version: 1\n#${'x'.repeat(65_536)}`
  expect(readRules(long).problems[0]?.message).toBe('the file is larger than 65536 bytes')
  const rule = (count: number) => `{ match: [${Array(count).fill('a').join()}], category: a }`
  const rules = (count: number) => `version: 1\nrisk: { paths: [${Array(count).fill(rule(50)).join()}] }\n`
  expect(readRules(rules(4)).problems).toEqual([])
  expect(readRules(rules(5)).problems[0]?.message).toContain('at most 200 patterns')
  expect(readRules(rules(1).replace(rule(50), rule(51))).rules.state).toBe('wrong')
  // Each would overflow the stack of the parser, some of them so that the process ends.
  const hostile = ['[', '- ', '{a: ', '? ', '&a ', '!<>', '!a ', '[? ', '{: ', '-\t', '- &a - ', '[\n', ':\n']
  for (const one of hostile) expect(readRules(one.repeat(65_000 / one.length)).rules.state).toBe('wrong')
  const block = Array.from({ length: 300 }, (_, at) => `${' '.repeat(at)}a:\n`).join('')
  expect(readRules(block).problems[0]?.message).toBe('nested too deep')
  const laughs = `a: &a [x]\n${Array.from({ length: 30 }, (_, at) => `b${at}: &b${at} [*a, *a]`).join('\n')}\n`
  expect(readRules(laughs).rules.state).toBe('wrong')
})

test('a wrong file never scores lower than any right one, and says so', () => {
  const loosest = `version: 1
risk:
  defaults: { dataSensitivity: low, systemCriticality: low }
  paths: [{ match: ['**'], dataSensitivity: low, systemCriticality: low, regulatoryImpact: none }]
`
  const strictest = loosest.replaceAll('low', 'critical').replace('none', 'high')
  const scoreOf = (text: string | undefined) => {
    const input = { rules: readRules(text).rules, keepsRecords: false, review: 'unknown' as const }
    return assess({ ...input, change: change({ files: [file('docs/a.md')] }) })
  }
  const wrong = scoreOf(`${loosest}more: 1\n`)
  expect(wrong.score.used).toBe(scoreOf(strictest).score.used)
  expect(wrong.score.low).toBe(scoreOf(undefined).score.low)
  expect(wrong.factors[0]).toMatchObject({ value: 'critical', source: 'unknown' })
  expect(wrong.factors[0]?.reason).toContain('has mistakes')
})

test('what a mistake repeats of the file is harmless in a terminal', () => {
  const { problems } = readRules('version: 1\n"\\e[2J\u202e": 1\n')
  expect(problems[0]?.message).toBe('the file has no member `\ufffd[2J\ufffd`')
})

test('the digest changes with what assessments rest on and not with roles, gate or comments', () => {
  const digest = (text: string | undefined) => readRules(text).rules.digest
  expect(digest(whole)).toBe(digest(`# more\n${whole.replace('senior-developer', 'security').replace('85', '86')}`))
  expect(digest(whole)).not.toBe(digest(whole.replace('card data', 'cards')))
  expect(new Set([undefined, 'version: 1\n', 'version: 2\n', whole].map(digest)).size).toBe(4)
})

test('no text makes the reader fail, and a file that is not read has a problem with a place in it', () => {
  const token = fc.constantFrom(
    ...[
      'version: 1',
      '\n',
      '  ',
      'risk:',
      'paths:',
      '- ',
      'match: ',
      '[',
      ']',
      '{',
      '}',
      ',',
      "'a/**'",
      'category: a',
      ': ',
      '? ',
    ],
    ...[
      '&a ',
      '*a',
      '!!str ',
      '"',
      "'",
      '|',
      '>',
      '#',
      '---',
      '...',
      '%YAML 1.2',
      '<<: ',
      '__proto__: ',
      'roles:',
      'a@b.c: ',
      '\t',
      '\u0000',
      '\ud800',
    ],
  )
  const text = fc.oneof(
    fc.array(token, { maxLength: 40 }).map((tokens) => tokens.join('')),
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc
      .tuple(fc.nat(whole.length), fc.nat(20), fc.string({ maxLength: 10 }))
      .map(([at, cut, more]) => whole.slice(0, at) + more + whole.slice(at + cut)),
  )
  fc.assert(
    fc.property(text, (one) => {
      const { rules, problems } = readRules(one)
      expect(rules.state).toBe(problems.length === 0 ? 'read' : 'wrong')
      const lines = one.split('\n')
      for (const { line, column, message } of problems) {
        expect(line).toBeLessThanOrEqual(lines.length)
        expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1)
        expect(message).not.toMatch(/\p{C}/u)
      }
      if (rules.state === 'wrong') expect(rules.paths).toEqual([])
    }),
    { numRuns: 500 },
  )
})
