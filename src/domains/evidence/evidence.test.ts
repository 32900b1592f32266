import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { registerRepository } from '#domains/changes'
import { type Headers, startTestProduct, type TestProduct, testRepository } from '#test/harness.ts'

const commit = 'c'.repeat(40)
const junit =
  '<testsuites><testsuite name="all"><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite></testsuites>'
const sarif = {
  version: '2.1.0',
  runs: [
    {
      tool: { driver: { name: 'Scanner', version: '1.2', rules: [{ id: 'R1' }] } },
      results: [
        {
          ruleId: 'R1',
          ruleIndex: 0,
          message: { text: 'Something is wrong' },
          locations: [{ physicalLocation: { artifactLocation: { uri: 'src/a.ts' }, region: { startLine: 7 } } }],
        },
      ],
    },
  ],
}

let product: TestProduct
let owner: Headers
let repositoryId: string
let repository: Awaited<ReturnType<typeof testRepository>>
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 } })
  owner = await product.asOwner()
  repository = await testRepository()
  repositoryId = await registerRepository(product.db, product.services.service('test'), repository.path)
})
afterAll(async () => {
  await product.close()
  await repository.remove()
})

describe('attaching a report', () => {
  test('answers what was read of it, and leaves one record with its figures', async () => {
    const before = (await product.records()).length
    const reply = await post(JSON.stringify(sarif), { commit: 'd'.repeat(40) })
    expect([reply.statusCode, reply.body]).toEqual([201, expect.any(String)])
    expect(reply.json()).toMatchObject({
      format: 'sarif',
      commit: 'd'.repeat(40),
      repositoryId,
      artifact: null,
      isNew: true,
      sha256: `sha256:${createHash('sha256').update(JSON.stringify(sarif)).digest('hex')}`,
      summary: { tool: { name: 'Scanner', version: '1.2' }, ran: true, scans: ['sast'] },
    })
    const [record, ...more] = (await product.records()).slice(before)
    expect(more).toEqual([])
    expect(record).toMatchObject({
      type: 'evidence.attached',
      operation: 'evidence.attach',
      inputHash: reply.json().sha256,
      scans: [
        { kind: 'sast', tool: 'Scanner', version: '1.2', status: 'fail', findings: 1, report: reply.json().sha256 },
      ],
      targets: [
        { type: 'evidence', id: reply.json().id },
        { type: 'repository', id: repositoryId },
        { type: 'commit', id: 'd'.repeat(40) },
      ],
      data: { format: 'sarif', schema: 'unchecked', redactions: 0, findingCounts: { total: 1, suppressed: 0 } },
    })
  })

  test('shows its findings, its tests and its bytes', async () => {
    const { id } = (await post(JSON.stringify(sarif))).json()
    const shown = await product.app.inject({ url: `/v1/evidence/${id}`, headers: owner })
    expect(shown.json().parsed.findings).toEqual([
      {
        fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
        ruleId: 'R1',
        class: 'sast',
        severity: 'medium',
        title: 'Something is wrong',
        path: 'src/a.ts',
        line: 7,
        suppressed: false,
      },
    ])
    const content = await product.app.inject({ url: `/v1/evidence/${id}/content`, headers: owner })
    expect(content.body).toBe(JSON.stringify(sarif))
    const tests = (await post(junit)).json()
    expect(tests.summary.tests).toEqual({ total: 2, passed: 1, failed: 1, errors: 0, skipped: 0 })
  })

  test('twice is the same evidence and one record; for another commit it is other evidence', async () => {
    const first = (await post(junit, { commit: 'e'.repeat(40) })).json()
    const before = (await product.records()).length
    const again = (await post(junit, { commit: 'e'.repeat(40) })).json()
    expect([again.id, again.isNew, again.addedAt]).toEqual([first.id, false, first.addedAt])
    expect((await product.records()).length).toBe(before)
    expect((await post(junit, { commit: 'f'.repeat(40) })).json().id).not.toBe(first.id)
  })

  test('many times at once is one evidence and one record', async () => {
    const before = (await product.records()).length
    const replies = await Promise.all(Array.from({ length: 6 }, () => post(junit, { commit: '1'.repeat(40) })))
    expect(new Set(replies.map((one) => one.json().id)).size).toBe(1)
    expect(replies.map((one) => one.json().isNew).filter(Boolean)).toHaveLength(1)
    expect((await product.records()).length).toBe(before + 1)
  })
})

function post(body: string | Buffer, about: Record<string, string> = {}, type = 'application/octet-stream') {
  const query = new URLSearchParams({ repositoryId, commit, ...about })
  const headers = { ...owner, 'content-type': type }
  return product.app.inject({ method: 'POST', url: `/v1/evidence?${query}`, headers, payload: Buffer.from(body) })
}
