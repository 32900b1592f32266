import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { packFrom, samplePack } from '../testing/sample.ts'
import { canonicalOf, draftDigest } from './canonical.ts'
import { Scope } from './rollout-model.ts'
import { verdictOn } from './settle.ts'
import { covers } from './standing.ts'
import { staticWeakenings } from './weakening.ts'

const limits = { minDecisions: 10, soakMinutes: 60, maxFlips: 2, maxErrorRate: 0.1 }
const seen = (decisions: number, flips = 0, errors = 0) => ({ decisions, flips, errors })

describe('the limits of a stage', () => {
  test.each([
    ['goes on while it is too early', seen(10), 59, undefined],
    ['goes on while there are too few decisions', seen(9), 600, undefined],
    ['is over when both are there', seen(10), 60, { move: 'promote' }],
    ['keeps as many flips as it may have', seen(5, 2), 1, undefined],
    ['ends at one flip more', seen(5, 3), 1, { move: 'roll_back', cause: 'flips' }],
    ['ends at one flip more also where it would be over', seen(100, 3), 600, { move: 'roll_back', cause: 'flips' }],
    // one of ten may fail, and the first decision counts as one of the ten that the stage needs
    ['keeps one early error', seen(1, 0, 1), 1, undefined],
    ['ends at a second', seen(2, 0, 2), 1, { move: 'roll_back', cause: 'errors' }],
    ['keeps ten errors of a hundred', seen(100, 0, 10), 1, undefined],
    ['ends at eleven of a hundred', seen(100, 0, 11), 1, { move: 'roll_back', cause: 'errors' }],
  ])('%s', (_, measured, minutes, verdict) => {
    expect(verdictOn(limits, measured, minutes)).toEqual(verdict)
  })
})

describe('a scope', () => {
  const covered = (scope: object, id: string, team: string | null = null) => covers(Scope.parse(scope), id, team)
  const percent = (id: string) => (createHash('sha256').update(id).digest().readUInt32BE(0) / 0x1_0000_0000) * 100

  test('that names nothing is everything, and one that names something is that', () => {
    expect(covered({}, 'repo_1')).toBe(true)
    expect(covered({ repositories: ['repo_2'] }, 'repo_1')).toBe(false)
    expect(covered({ repositories: ['repo_2'] }, 'repo_2')).toBe(true)
    expect(covered({ teams: ['team_1'] }, 'repo_1', 'team_1')).toBe(true)
    expect(covered({ teams: ['team_1'] }, 'repo_1', 'team_2')).toBe(false)
    expect(covered({ teams: ['team_1'] }, 'repo_1')).toBe(false)
    expect(covered({ teams: ['team_1'], repositories: ['repo_1'] }, 'repo_1')).toBe(true)
  })

  test('of a share has always the same repositories, about as many as it says, and a greater one has them too', () => {
    const ids = Array.from({ length: 5000 }, (_, i) => `repo_${i}`)
    const of = (share: number) => ids.filter((id) => covered({ percent: share }, id))
    expect(of(20)).toEqual(ids.filter((id) => percent(id) < 20))
    expect(of(20).length).toBeGreaterThan(800)
    expect(of(20).length).toBeLessThan(1200)
    expect(of(50)).toEqual(expect.arrayContaining(of(20)))
    expect(of(100)).toEqual(ids)
    // a share of a team is of its repositories only
    expect(covered({ teams: ['team_1'], percent: 20 }, of(20)[0] ?? '', 'team_2')).toBe(false)
  })
})

describe('a version weakens', () => {
  const before = packFrom(samplePack)
  const changed = (from: string, to: string) =>
    staticWeakenings(packFrom(samplePack.replace(from, to)), before).map((one) => one.what)

  test.each([
    ['nothing', 'title: Sample', 'title: Other', []],
    ['nothing by a higher least', 'default: 80.0', 'default: 90.0', []],
    ['by a lower least', 'default: 80.0', 'default: 70.0', ['parameter_wider']],
    ['nothing by a lower most', 'min: 0, max: 10 }', 'min: 0, max: 5 }', []],
    ['by a higher bound', 'min: 0, max: 10 }', 'min: 0, max: 20 }', ['parameter_wider']],
    ['by a rule that only warns', 'severity: medium', 'severity: medium\n      mode: warn', ['mode_lowered']],
    ['by an exception that is allowed', 'exception: never', 'exception: allowed', ['exception_allowed']],
    ['by a rule that has another name', 'id: ticket', 'id: tickets', ['rule_removed']],
  ])('%s', (_, from, to, what) => {
    expect(changed(from, to)).toEqual(what)
  })
})

test('the digest of a draft is of what it says: not of comments and layout, and of any text', () => {
  const digest = draftDigest('a: 1\nb: [x, y]\n', '')
  expect(draftDigest('# why\nb:\n  - x\n  - y\na: 1', '')).toBe(digest)
  expect(draftDigest('a: 2\nb: [x, y]\n', '')).not.toBe(digest)
  expect(draftDigest('a: 1\nb: [x, y]\n', 'c')).not.toBe(digest)
  expect(canonicalOf('a: &a 1\nb: *a')).toBe('a: &a 1\nb: *a')
  expect(canonicalOf('a: .nan')).toBe('a: .nan')
  expect(canonicalOf('{'.repeat(20_000))).toBe('{'.repeat(20_000))
})
