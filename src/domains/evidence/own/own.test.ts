import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, test } from 'vitest'
import { parseEvidence } from '../parse.ts'

const root = join(import.meta.dirname, '../../../..')
const examples = ['pull-request', 'interactions', 'dependencies'] as const

describe.each(examples)('countersign.%s/v1', (name) => {
  const text = readFileSync(join(root, `examples/evidence/${name}.json`), 'utf8')
  const schema = JSON.parse(readFileSync(join(root, `docs/reference/schemas/evidence/${name}-v1.schema.json`), 'utf8'))
  const ajv = new Ajv2020.default({ strict: false })
  addFormats.default(ajv)
  const validate = ajv.compile(schema)

  test('the example is valid by the published schema and is read', async () => {
    expect(validate(JSON.parse(text)) ? [] : validate.errors).toEqual([])
    const report = await parseEvidence(Buffer.from(text), {})
    expect(report).toMatchObject({ format: name, version: 'v1', schema: { verdict: 'valid', problems: [] } })
    const read = {
      'pull-request': report.pullRequest,
      interactions: report.interactions,
      dependencies: report.dependencies,
    }
    expect(read[name]).toEqual(JSON.parse(text))
    expect(report.speaksOf.commits).toContain('1'.repeat(40))
  })

  test('without a member that it needs it is refused by both, with the place', async () => {
    for (const member of schema.required.filter((one: string) => one !== 'schema')) {
      const { [member]: _, ...less } = JSON.parse(text)
      expect(validate(less)).toBe(false)
      await expect(parseEvidence(Buffer.from(JSON.stringify(less)), {})).rejects.toMatchObject({
        code: 'evidence_unreadable',
        message: expect.stringContaining(`\`${member}\``),
      })
    }
  })

  test('a member that it does not know is left out', async () => {
    const report = await parseEvidence(Buffer.from(JSON.stringify({ ...JSON.parse(text), more: 1 })), {})
    expect(JSON.stringify(report)).not.toContain('"more"')
  })
})

/** GitHub's own shapes, cut to the members that are used. */
test.skipIf(!hasJq())('the jq program of the example makes a pull request that is read', async () => {
  const sha = (digit: string) => digit.repeat(40)
  const pull = {
    number: 7,
    html_url: 'https://github.com/o/r/pull/7',
    user: { login: 'ada', type: 'User' },
    head: { sha: sha('1') },
    base: { sha: sha('2'), ref: 'main', repo: { full_name: 'o/r' } },
    merged: true,
    merge_commit_sha: sha('3'),
  }
  const review = (state: string, type: string) => ({
    user: { login: 'bot', type },
    state,
    commit_id: sha('1'),
    submitted_at: '2026-11-02T10:00:00Z',
  })
  const protection = {
    required_pull_request_reviews: { required_approving_review_count: 2 },
    enforce_admins: { enabled: true },
  }
  const made = (given: unknown) =>
    execFileSync('jq', [
      ...['-n', '-f', join(root, 'examples/evidence/pull-request.jq'), '--argjson', 'pull', JSON.stringify(pull)],
      ...['--argjson', 'reviews', JSON.stringify([review('APPROVED', 'Bot'), review('COMMENTED', 'User')])],
      ...['--argjson', 'protection', JSON.stringify(given)],
    ])
  const report = await parseEvidence(made(protection), {})
  expect(report.pullRequest).toMatchObject({
    number: 7,
    mergeCommit: sha('3'),
    author: { login: 'ada', kind: 'human' },
    approvals: [{ by: { login: 'bot', kind: 'automation' }, state: 'approved' }],
    protection: { requiredApprovals: 2, dismissStale: false, forcePushBlocked: true, enforceAdmins: true },
  })
  expect((await parseEvidence(made(null), {})).pullRequest?.protection).toBeUndefined()
})

function hasJq(): boolean {
  try {
    execFileSync('jq', ['--version'])
    return true
  } catch {
    return false
  }
}
