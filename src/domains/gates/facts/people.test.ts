import { expect, test } from 'vitest'
import { createPeople } from './people.ts'

test('one person under an address, an account and both is one person, whatever comes first', () => {
  const names = [{ email: 'Ada@Example.com' }, { login: 'ada' }, { email: 'ada@example.com', login: 'Ada' }]
  const people = createPeople(names)
  expect(names.map((one) => people.idOf(one))).toEqual(['p1', 'p1', 'p1'])
})

test('ids follow the order in which people are asked for, not that of the links', () => {
  const people = createPeople([{ email: 'b@example.com' }, { email: 'a@example.com' }])
  expect([people.idOf({ email: 'a@example.com' }), people.idOf({ email: 'b@example.com' })]).toEqual(['p1', 'p2'])
})

test("the address that a forge gives names the account, with and without the account's number", () => {
  const people = createPeople([
    { login: 'ada' },
    { email: '123+ada@users.noreply.github.com' },
    { email: 'ada@users.noreply.github.com' },
  ])
  expect(people.idOf({ login: 'ada' })).toBe('p1')
  expect(people.idOf({ email: '123+ada@users.noreply.github.com' })).toBe('p1')
  expect(people.idOf({ email: 'ada@users.noreply.github.com' })).toBe('p1')
})

test('an address alone and an account alone cannot be told apart; two of a kind can', () => {
  const people = createPeople([
    { email: 'a@example.com' },
    { login: 'bob' },
    { login: 'eve' },
    { email: 'c@example.com' },
  ])
  const [a, bob, eve, c] = [
    { email: 'a@example.com' },
    { login: 'bob' },
    { login: 'eve' },
    { email: 'c@example.com' },
  ].map((one) => people.idOf(one) ?? '') as [string, string, string, string]
  expect(people.areApart(a, bob)).toBe(false)
  expect(people.areApart(bob, eve)).toBe(true)
  expect(people.areApart(a, c)).toBe(true)
  expect(people.areApart(a, a)).toBe(false)
})

test('a name without address or account is nobody', () => {
  expect(createPeople([]).idOf({})).toBeUndefined()
  expect(createPeople([]).idOf({ email: ' ', login: '' })).toBeUndefined()
})
