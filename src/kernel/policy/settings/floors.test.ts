import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Mode } from '../model.ts'
import type { ParamValue } from '../pack/params.ts'
import { packFrom } from '../testing/sample.ts'
import { type Floor, underFloors } from './floors.ts'

const text = `apiVersion: countersign.dev/v1
kind: GatePolicy
metadata: { id: house, title: House, owner: team:house, version: 1.0.0, category: quality, controls: [SOC2:CC8.1] }
spec:
  gate: merge
  mode: warn
  params:
    maxOpen: { type: int, default: 5, min: 0, max: 10 }
    minLines: { type: int, default: 5, min: 0, max: 10 }
    allowedKinds: { type: list<string>, default: [a, b, c], oneOf: [a, b, c, d], maxItems: 4 }
    requiredKinds: { type: list<string>, default: [a], oneOf: [a, b, c, d], maxItems: 3 }
    style: { type: string, default: plain }
  rules:
    - id: one
      severity: low
      require: change.lines >= params.minLines
      message: "'no'"
    - id: two
      mode: audit
      severity: low
      require: change.lines <= params.maxOpen && params.style != change.head && !(change.head in params.allowedKinds) && !(change.head in params.requiredKinds)
      message: "'no'"
`
const pack = packFrom(text)
const level = (scope: string, own: Partial<Floor>): Floor => ({ scope, teamName: null, modes: {}, params: {}, ...own })
const house = (values: Record<string, ParamValue>) => ({ params: { house: values } })
const none = { modes: {}, params: {} }

describe('what holds under floors', () => {
  const cases = [
    ['a mode that the team asks for', [{ modes: { 'house.one': 'enforce' } }], none, { 'house.one': 'enforce' }],
    [
      'the stricter of two levels',
      [{ modes: { 'house.two': 'enforce' } }, { modes: { 'house.two': 'warn' } }],
      none,
      { 'house.two': 'enforce' },
    ],
    [
      'the pack where it is stricter than a level',
      [{ modes: { 'house.one': 'audit' } }],
      { ...none, modes: { 'house.one': 'off' } },
      { 'house.one': 'warn' },
    ],
    [
      'what a repository makes stricter still',
      [{ modes: { 'house.two': 'warn' } }],
      { ...none, modes: { 'house.two': 'enforce' } },
      { 'house.two': 'enforce' },
    ],
    [
      'what a repository lowers, where nobody names it',
      [],
      { ...none, modes: { 'house.one': 'off' } },
      { 'house.one': 'off' },
    ],
    ['nothing of a rule that is gone', [{ modes: { 'house.gone': 'enforce' } }], none, {}],
  ] as const
  test.each(cases)('is %s', (_, levels, asked, modes) => {
    const floors = { levels: levels.map((one, at) => level(`team_${at}`, one)), repositoriesMayLower: true }
    expect(underFloors([pack], asked, floors).settings.modes).toEqual(modes)
  })

  test.each([
    ['fewest may be open', { maxOpen: 3 }, { maxOpen: 4 }, { maxOpen: 3 }],
    ['most must be there', { minLines: 7 }, { minLines: 6 }, { minLines: 7 }],
    [
      'of allowed kinds those that both allow',
      { allowedKinds: ['a', 'b'] },
      { allowedKinds: ['b', 'd'] },
      { allowedKinds: ['b'] },
    ],
    [
      'of required kinds all',
      { requiredKinds: ['a', 'b'] },
      { requiredKinds: ['c'] },
      { requiredKinds: ['c', 'a', 'b'] },
    ],
    [
      'the floor where both together are more than the parameter takes',
      { requiredKinds: ['a', 'b'] },
      { requiredKinds: ['c', 'd'] },
      { requiredKinds: ['a', 'b'] },
    ],
    ['nothing that the bounds do not take', { maxOpen: 99 }, { maxOpen: 4 }, { maxOpen: 4 }],
  ])('by parameters is: %s', (_, floor, asked, holds) => {
    const floors = { levels: [level('team_a', house(floor as never))], repositoriesMayLower: true }
    expect(underFloors([pack], { ...none, ...house(asked as never) }, floors).settings.params).toEqual({ house: holds })
  })

  test('tells what was asked for and is not given, and by whom', () => {
    const floors = {
      levels: [
        level('organization', { modes: { 'house.one': 'warn' } }),
        { ...level('team_a', house({ maxOpen: 3 })), teamName: 'A' },
      ],
      repositoriesMayLower: true,
    }
    const asked = { modes: { 'house.one': 'off', 'house.two': 'off' } as const, ...house({ maxOpen: 4, minLines: 1 }) }
    expect(underFloors([pack], asked, floors).lowered).toEqual([
      {
        kind: 'mode',
        setting: 'house.one',
        asked: 'off',
        holds: 'warn',
        by: { scope: 'organization', teamName: null },
      },
      { kind: 'param', setting: 'house.maxOpen', asked: 4, holds: 3, by: { scope: 'team_a', teamName: 'A' } },
    ])
  })

  test('where repositories may not lower is the pack, also of what cannot be compared', () => {
    const asked = {
      modes: { 'house.one': 'off', 'house.two': 'enforce' } as const,
      ...house({ style: 'bold', minLines: 1 }),
    }
    const { settings, lowered } = underFloors([pack], asked, { levels: [], repositoriesMayLower: false })
    expect(settings).toEqual({ modes: { 'house.one': 'warn', 'house.two': 'enforce' }, params: {} })
    expect(lowered.map((one) => one.setting)).toEqual(['house.one', 'house.minLines', 'house.style'])
  })

  test('is never looser than the pack and a level, whatever the levels and the repository say', () => {
    const order = ['off', 'audit', 'warn', 'enforce']
    const mode = fc.constantFrom<Mode>('off', 'audit', 'warn', 'enforce')
    const kinds = fc.subarray(['a', 'b', 'c', 'd'])
    const body = fc.record({
      modes: fc.record({ 'house.one': mode, 'house.two': mode }, { requiredKeys: [] }),
      params: fc.record({
        house: fc.record(
          {
            maxOpen: fc.integer({ min: -3, max: 13 }),
            minLines: fc.integer({ min: -3, max: 13 }),
            allowedKinds: kinds,
            requiredKinds: kinds,
          },
          { requiredKeys: [] },
        ),
      }),
    })
    fc.assert(
      fc.property(fc.array(body, { maxLength: 3 }), body, fc.boolean(), (levels, asked, repositoriesMayLower) => {
        const floors = {
          levels: levels.map((one, at) => level(`team_${at}`, one as Partial<Floor>)),
          repositoriesMayLower,
        }
        const { settings } = underFloors([pack], asked as never, floors)
        for (const rule of pack.rules) {
          const given = levels.flatMap((one) => (one.modes as Record<string, Mode>)[rule.id] ?? [])
          if (given.length === 0 && repositoriesMayLower) continue
          const holds = order.indexOf(settings.modes[rule.id] ?? rule.mode)
          for (const floor of [rule.mode, ...given]) expect(holds).toBeGreaterThanOrEqual(order.indexOf(floor))
        }
        const values: Record<string, ParamValue | undefined> = settings.params['house'] ?? {}
        const isFit = (value: number) => value >= 0 && value <= 10
        const max = levels.flatMap((one) => one.params.house.maxOpen ?? []).filter(isFit)
        const { maxOpen } = asked.params.house
        if (max.length > 0 && (maxOpen === undefined || isFit(maxOpen)))
          expect(Number(values['maxOpen'] ?? 5)).toBeLessThanOrEqual(Math.min(5, ...max))
        const allowed = levels.flatMap((one) =>
          one.params.house.allowedKinds === undefined ? [] : [one.params.house.allowedKinds],
        )
        const holds = (values['allowedKinds'] ?? ['a', 'b', 'c']) as readonly string[]
        for (const one of allowed) for (const kind of holds) expect(one).toContain(kind)
      }),
    )
  })
})
