import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readMessage } from './message.ts'
import { readParties } from './parties.ts'

const parties = (...messages: string[]) => readParties(messages.map(readMessage))

test.each([
  ['Merge pull request #12 from octo/topic', { system: 'github', number: 12 }],
  ['Add a parser (#34)', { system: 'github', number: 34 }],
  ['Revert "Add a parser (#34)" (#35)', { system: 'github', number: 35 }],
  [
    "Merge branch 'topic' into 'main'\n\nTitle\n\nSee merge request group/sub/project!56",
    { system: 'gitlab', number: 56, project: 'group/sub/project' },
  ],
  ['Merged in topic (pull request #78)', { system: 'bitbucket', number: 78 }],
  ['Merged PR 90: Add a parser', { system: 'azure', number: 90 }],
  [
    'src: add it\n\nPR-URL: https://github.com/nodejs/node/pull/123',
    { system: 'github', number: 123, project: 'nodejs/node' },
  ],
])('the request that `%s` names', (message, expected) => {
  expect(parties(message).pullRequest).toEqual(expected)
})

test.each(['Revert "Add a parser (#34)"', 'Fix #12', 'Add (#0)', 'See merge request later'])(
  '`%s` names no request',
  (message) => {
    expect(parties(message).pullRequest).toBeUndefined()
    expect(parties(message).na).toMatchObject({ pullRequest: 'no_pull_request_named' })
  },
)

test('people are named by their trailers, machines apart', () => {
  const found = parties(
    'One\n\nCo-authored-by: Bo <bo@example.com>\nCo-Authored-By: Claude <noreply@anthropic.com>\nSigned-off-by: Ada <ada@example.com>',
    'Two\n\nReviewed-by: Cy <cy@example.com>\nAcked-by: Cy <CY@example.com>\nApproved-by: Di <di@example.com>\nReviewed-by: nobody',
  )
  expect(found.coAuthors).toEqual([
    { name: 'Bo', email: 'bo@example.com', kind: 'human' },
    { name: 'Claude', email: 'noreply@anthropic.com', kind: 'agent', tool: 'Claude Code' },
  ])
  expect(found.reviewers.map((each) => each.email.toLowerCase())).toEqual(['cy@example.com', 'di@example.com'])
  expect(found.signedOffBy).toEqual([{ name: 'Ada', email: 'ada@example.com', kind: 'human' }])
})

test('reverts and cherry-picks name the commits they come from', () => {
  const found = parties(
    `Revert "x"\n\nThis reverts commit ${'a'.repeat(40)}.`,
    `x\n\n(cherry picked from commit ${'b'.repeat(40)})`,
  )
  expect(found.reverts).toEqual(['a'.repeat(40)])
  expect(found.cherryPickedFrom).toEqual(['b'.repeat(40)])
})

test.each([
  ['PAY-123: charge twice', ['PAY-123']],
  ['[OPS-9] and CORE-77', ['OPS-9', 'CORE-77']],
  ['Fix\n\nFixes #12, closes octo/repo#3\nResolves: PAY-4', ['#12', 'octo/repo#3', 'PAY-4']],
  ['Read UTF-8, SHA-256, CVE-2024-1, RFC-8785, ISO-8601, GPT-5 and AES-128', []],
  ['Merge feature/PAY-12-more', []],
])('the tickets that `%s` names', (message, expected) => {
  expect(parties(message).tickets).toEqual(expected)
})

test('the AI architecture decisions that trailers cite, and no text that only looks like them', () => {
  const [one, two] = [`adr_${'a'.repeat(20)}`, `adr_${'B'.repeat(18)}-_`]
  expect(parties(`Add\n\nAI-Decision: ${one}`, `Go on\n\nai-decision: ${two}, ${one}`).architectureDecisions).toEqual([
    one,
    two,
  ])
  for (const text of [
    `Add ${one}`,
    `Add\n\nWe follow ${one}.`,
    `Add\n\nAI-Decision: adr_short`,
    'Add\n\nAI-Decision: yes',
  ])
    expect(parties(text)).not.toHaveProperty('architectureDecisions')
})

test('a business justification comes from a template, then from tickets, else it is not there', () => {
  expect(parties('Fix\n\nBusiness justification: customers were charged twice\n\nFixes #1').justification).toEqual({
    text: 'customers were charged twice',
    from: 'template',
  })
  expect(parties('PAY-1 fix').justification).toEqual({ text: 'PAY-1', from: 'ticket' })
  expect(parties('Fix')).toMatchObject({ na: { justification: 'no_ticket_or_template' } })
})

test('no message makes it fail', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
      expect(parties(text).na).toBeDefined()
    }),
  )
})
