import { expect, test } from 'vitest'
import { type AiStatement, assess, type RiskInput } from './assess.ts'
import { readRules } from './rules-file.ts'
import { ada, bo, type ChangeScript, change, file, machine } from './testing/change.ts'

const { rules: noRules } = readRules(undefined)

function assessed(script: ChangeScript, rest: Partial<RiskInput> = {}) {
  return assess({ change: change(script), rules: noRules, keepsRecords: false, review: 'unknown', ...rest })
}

function factor(script: ChangeScript, name: string, rest: Partial<RiskInput> = {}) {
  const found = assessed(script, rest).factors.find((one) => one.name === name)
  return found === undefined ? undefined : [found.value, found.source]
}

// medium 2 + medium 2 + none 0 + simple 1 = 5; unknown review counts as none: 7.5; AI that nothing states could be there: 9.
test('a small change of which nothing is known has the defaults, and the interval says what is not known', () => {
  const found = assessed({})
  expect(found.score).toEqual({ used: 7.5, low: 5, high: 9 })
  expect(found.level).toBe('medium')
  expect(found.factors.map(({ name, value, source }) => [name, value, source])).toEqual([
    ['dataSensitivity', 'medium', 'default'],
    ['systemCriticality', 'medium', 'default'],
    ['regulatoryImpact', 'none', 'default'],
    ['aiComplexity', 'simple', 'derived'],
    ['aiGenerated', 'not_generated', 'default'],
    ['humanReviewed', 'not_reviewed', 'unknown'],
  ])
  expect(found.factors.map((one) => one.points ?? one.multiplier)).toEqual([2, 2, 0, 1, 1, 1.5])
  expect(found.requiredControls).toEqual(['audit-logging', 'human-review'])
})

// critical 4 + high 3 + high 3 + moderate 2 = 12; AI and not reviewed: 21.6.
test('an AI-written payment change that nobody reviewed is critical and needs everything', () => {
  const found = assessed(
    { files: [file('src/billing/charge.ts', 60)], lines: { declared: 60, unknown: 0 } },
    { review: 'not_reviewed' },
  )
  expect(found.score).toEqual({ used: 21.6, low: 21.6, high: 21.6 })
  expect(found.level).toBe('critical')
  expect(found.categories).toEqual([{ path: 'src/billing/charge.ts', category: 'payment' }])
  expect(found.requiredControls).toEqual([
    'audit-logging',
    'human-review',
    'security-scan',
    'enhanced-tests',
    'security-review',
    'second-approval',
    'architecture-review',
    'legal-consultation',
  ])
  expect(found.recommendations).toHaveLength(8)
})

// low 1 + low 1 + none 0 + simple 1 = 3.
test('a reviewed change of texts is low', () => {
  const found = assessed({ files: [file('docs/a.md'), file('README.md')], reviewers: [bo] }, { aiStatement: 'none' })
  expect(found.score).toEqual({ used: 3, low: 3, high: 3 })
  expect(found.level).toBe('low')
  expect(found.requiredControls).toEqual(['audit-logging'])
})

test('texts lower nothing as soon as one other file is changed, whatever its class', () => {
  const docs = file('docs/a.md')
  expect(factor({ files: [docs] }, 'dataSensitivity')).toEqual(['low', 'derived'])
  expect(factor({ files: [docs, file('src/app.ts')] }, 'dataSensitivity')).toEqual(['medium', 'default'])
  expect(factor({ files: [docs, file('dist/app.js', 0, { class: 'generated' })] }, 'dataSensitivity')).toEqual([
    'medium',
    'default',
  ])
  expect(factor({ files: [] }, 'dataSensitivity')).toEqual(['medium', 'default'])
})

test('the highest value of all files counts for each factor, and its reason names rule and path', () => {
  const { factors } = assessed({
    files: [file('db/migrations/1.sql'), file('src/privacy/export.ts'), file('src/a.ts')],
  })
  const [data, criticality, impact] = factors
  expect([data?.value, criticality?.value, impact?.value]).toEqual(['high', 'high', 'medium'])
  expect(criticality?.reason).toBe('built-in migrations: `db/migrations/1.sql`')
  expect(impact?.reason).toBe('built-in personal-data: `src/privacy/export.ts`')
})

test('a file that was moved touches the place that it left', () => {
  const moved = file('src/a.ts', 0, { previousPath: 'src/auth/a.ts', status: 'renamed' })
  expect(factor({ files: [moved] }, 'systemCriticality')).toEqual(['high', 'derived'])
})

// By the limits of the guide.
test.each([
  ['50 lines', [file('a/x', 50)], 'simple'],
  ['51 lines', [file('a/x', 51)], 'moderate'],
  ['251 lines', [file('a/x', 251)], 'complex'],
  ['1,001 lines', [file('a/x', 1001)], 'advanced'],
  ['6 files', Array.from({ length: 6 }, (_, at) => file(`a/${at}`)), 'moderate'],
  ['3 top folders, one of them the root', [file('a/x'), file('b/x'), file('x')], 'moderate'],
  ['9 decisions', [file('a/x.ts', 20, { decisions: { added: 10, removed: 1 } })], 'moderate'],
  ['decisions that were moved', [file('a/x.ts', 20, { decisions: { added: 40, removed: 40 } })], 'simple'],
  ['40 lines and 300 lines of their tests', [file('a/x.ts', 40), file('a/x.test.ts', 300)], 'simple'],
  ['30 generated files', Array.from({ length: 30 }, (_, at) => file(`a/${at}`, 0, { class: 'generated' })), 'simple'],
  ['a lock file and six others', [file('x.lock', 0, { class: 'lock' }), ...Array(6).fill(file('a/x'))], 'moderate'],
  ['300 lines of tests alone', [file('a/x.test.ts', 300)], 'complex'],
])('%s', (_, files, expected) => {
  expect(factor({ files }, 'aiComplexity')).toEqual([expected, 'derived'])
})

const statement = (aiStatement: AiStatement) => ({ aiStatement })
test.each<[string, ChangeScript, Partial<RiskInput>, string, string]>([
  ['lines attested to AI', { lines: { attested: 1, unknown: 0 } }, {}, 'generated', 'derived'],
  [
    'a commit that only deletes and declares a tool',
    { files: [file('a', 0)], commits: { declared: 1, unknown: 0 } },
    {},
    'generated',
    'derived',
  ],
  [
    'attested lines against the statement of the author',
    { lines: { attested: 1 } },
    statement('none'),
    'generated',
    'derived',
  ],
  ['the statement that AI assisted', {}, statement('assisted'), 'generated', 'derived'],
  ['the statement that AI generated it', {}, statement('generated'), 'generated', 'derived'],
  ['the statement that it did not', {}, statement('none'), 'not_generated', 'derived'],
  [
    'every line attested to people',
    { lines: { humanAttested: 1, unknown: 0 } },
    { keepsRecords: true },
    'not_generated',
    'derived',
  ],
  ['a machine that is no AI', { author: machine, automation: 1 }, {}, 'not_generated', 'derived'],
  ['a hint', { lines: { hinted: 1, unknown: 0 } }, {}, 'generated', 'unknown'],
  ['no word where records are kept', {}, { keepsRecords: true }, 'generated', 'unknown'],
  [
    'half the lines attested to people',
    { files: [file('a', 2)], lines: { humanAttested: 1, unknown: 1 } },
    { keepsRecords: true },
    'generated',
    'unknown',
  ],
  ['no word at all', {}, {}, 'not_generated', 'default'],
])('AI: %s', (_, script, rest, value, source) => {
  expect(factor(script, 'aiGenerated', rest)).toEqual([value, source])
})

test.each<[string, ChangeScript, Partial<RiskInput>, string, string]>([
  ['an approval by evidence', {}, { review: 'reviewed' }, 'reviewed', 'derived'],
  ['a reviewer that the message names', { reviewers: [bo] }, {}, 'reviewed', 'derived'],
  ['the author as reviewer', { reviewers: [ada] }, {}, 'not_reviewed', 'unknown'],
  [
    'the author under another address',
    { reviewers: [{ ...ada, email: 'other@example.com' }] },
    {},
    'not_reviewed',
    'unknown',
  ],
  ['a co-author as reviewer', { reviewers: [bo], coAuthors: [bo] }, {}, 'not_reviewed', 'unknown'],
  ['an AI tool as reviewer', { reviewers: [{ ...bo, kind: 'agent' }] }, {}, 'not_reviewed', 'unknown'],
  ['another human who merged', { mergedBy: bo }, {}, 'reviewed', 'derived'],
  [
    'another human who merged without any approval',
    { mergedBy: bo },
    { review: 'not_reviewed' },
    'not_reviewed',
    'derived',
  ],
  ['a machine that merged', { mergedBy: machine }, {}, 'not_reviewed', 'unknown'],
  ['the author who merged', { mergedBy: ada }, {}, 'not_reviewed', 'unknown'],
])('review: %s', (_, script, rest, value, source) => {
  expect(factor(script, 'humanReviewed', rest)).toEqual([value, source])
})

test('no reason names a person, and hostile paths are shown harmless', () => {
  const found = assessed({ files: [file('src/auth/\u001b[2Ja\u202e.ts')], reviewers: [bo], mergedBy: bo })
  const text = JSON.stringify(found.factors)
  expect(text).not.toMatch(/ada|bo@|"Bo/i)
  expect(text).toContain('src/auth/\ufffd[2Ja\ufffd.ts')
})
