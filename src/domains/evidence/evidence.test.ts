import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { registerRepository } from '#domains/changes'
import { defineEvent, eraseKeys, transact } from '#kernel/ledger'
import { type Headers, startTestProduct, type TestProduct, testRepository } from '#test/harness.ts'
import { evidenceOf } from './service.ts'

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
  product = await startTestProduct({ config: { requestsPerMinute: 100_000 }, jobs: 'queue' })
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
  const query = new URLSearchParams('artifact' in about ? about : { repositoryId, commit, ...about })
  const headers = { ...owner, 'content-type': type }
  return product.app.inject({ method: 'POST', url: `/v1/evidence?${query}`, headers, payload: Buffer.from(body) })
}

describe('refusals', () => {
  test.each([
    ['no subject', '', 'request_invalid', 400],
    ['a commit without its repository', `commit=${commit}`, 'request_invalid', 400],
    [
      'commit and artifact',
      `repositoryId=R&commit=${commit}&artifact=sha256:${'a'.repeat(64)}`,
      'request_invalid',
      400,
    ],
    ['a short commit', 'repositoryId=R&commit=abc1234', 'request_invalid', 400],
    ['a format that is not known', `repositoryId=R&commit=${commit}&format=word`, 'request_invalid', 400],
    ['a parameter that is not known', `repositoryId=R&commit=${commit}&more=1`, 'request_invalid', 400],
    ['a repository that is not there', `repositoryId=repo_none&commit=${commit}`, 'repository_not_found', 404],
  ])('%s', async (_, query, code, status) => {
    const url = `/v1/evidence?${query.replace('repositoryId=R', `repositoryId=${repositoryId}`)}`
    const headers = { ...owner, 'content-type': 'application/json' }
    const reply = await product.app.inject({ method: 'POST', url, headers, payload: junit })
    expect([reply.statusCode, reply.json().code]).toEqual([status, code])
  })

  test.each([
    ['a report of no known format', 'hello', 422, 'evidence_format_unknown'],
    ['nothing', '', 422, 'evidence_format_unknown'],
    ['a report that is cut off', '<testsuite><testcase>', 422, 'evidence_unreadable'],
    ['an archive', Buffer.from('PK\x03\x04'), 422, 'evidence_unreadable'],
    ['one nested too deep', `{"version":"2.1.0","runs":${'['.repeat(5000)}`, 413, 'evidence_too_large'],
  ])('%s', async (_, body, status, code) => {
    const before = (await product.records()).length
    const reply = await post(body)
    expect([reply.statusCode, reply.json().code]).toEqual([status, code])
    expect((await product.records()).length).toBe(before)
  })

  test('another media type, and a body whose length or claim is beyond 50 MiB', async () => {
    expect((await post(junit, {}, 'text/plain')).json().code).toBe('media_type_unsupported')
    const headers = { ...owner, 'content-type': 'application/octet-stream', 'content-length': '1000000000' }
    const url = `/v1/evidence?repositoryId=${repositoryId}&commit=${commit}`
    const claimed = await product.app.inject({ method: 'POST', url, headers, payload: Buffer.from('a') })
    expect([claimed.statusCode, claimed.json().code]).toEqual([413, 'body_too_large'])
    expect(claimed.json().detail).toContain(String(50 * 1024 * 1024))
    const streamed = await post(Buffer.alloc(50 * 1024 * 1024 + 1, 0x20))
    expect([streamed.statusCode, streamed.json().code]).toEqual([413, 'body_too_large'])
  })

  test('a report that speaks of another commit or artifact', async () => {
    const property = `<property name="commit" value="${'9'.repeat(40)}"/>`
    const about = `<testsuite><properties>${property}</properties><testcase/></testsuite>`
    const reply = await post(about)
    expect([reply.statusCode, reply.json().code]).toEqual([409, 'evidence_speaks_of_other'])
    expect((await post(about, { commit: '9'.repeat(40) })).statusCode).toBe(201)
    const hash = 'a'.repeat(64)
    const component = { type: 'library', name: 'x', hashes: [{ alg: 'SHA-256', content: hash }] }
    const bom = JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', metadata: { component }, components: [] })
    const other = await post(bom, { artifact: `sha256:${'b'.repeat(64)}` })
    expect(other.json().code).toBe('evidence_speaks_of_other')
    const same = await post(bom, { artifact: `sha256:${hash}` })
    expect(same.json()).toMatchObject({ artifact: `sha256:${hash}`, commit: null, repositoryId: null })
  })

  test('evidence that is not there, and a cursor that no list gave', async () => {
    for (const url of ['/v1/evidence/evd_none', '/v1/evidence/evd_none/content']) {
      const reply = await product.app.inject({ url, headers: owner })
      expect([reply.statusCode, reply.json().code]).toEqual([404, 'evidence_not_found'])
    }
    const reply = await product.app.inject({ url: '/v1/evidence?cursor=1.x', headers: owner })
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'cursor_invalid'])
  })
})

describe('trust roots', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const type = 'application/vnd.in-toto+json'
  const statement = (digit: string) => {
    const digest = { sha256: digit.repeat(64) }
    const content = { _type: 'https://in-toto.io/Statement/v1', predicateType: 'p', subject: [{ name: 'a', digest }] }
    const payload = Buffer.from(JSON.stringify(content))
    const signed = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload])
    const signatures = [{ sig: sign(null, signed, privateKey).toString('base64') }]
    return JSON.stringify({ payloadType: type, payload: payload.toString('base64'), signatures })
  }
  const about = (digit: string) => ({ artifact: `sha256:${digit.repeat(64)}` })
  const trust = (payload: object) =>
    product.app.inject({ method: 'POST', url: '/v1/trust-roots', headers: owner, payload })

  test('a statement counts as verified from when its key is trusted, and not after', async () => {
    const before = (await post(statement('5'), about('5'))).json()
    expect(before.summary.signature).toBe('unverified')
    // of a private key only the public half is kept
    const file = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const root = (await trust({ name: 'ci', file })).json()
    const rows = await product.database.pool.query('select material from trust_root')
    expect(rows.rows.map((one) => one.material)).toEqual([
      { publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() },
    ])
    const after = (await post(statement('5'), about('5'))).json()
    expect([after.summary.signature, after.isNew]).toEqual(['verified', true])
    expect((await product.records()).at(-1)).toMatchObject({
      type: 'evidence.attached',
      data: { signature: 'verified' },
    })
    const forged = JSON.stringify({ ...JSON.parse(statement('6')), signatures: JSON.parse(statement('5')).signatures })
    expect((await post(forged, about('6'))).json().summary.signature).toBe('unverified')
    const removed = await product.app.inject({ method: 'DELETE', url: `/v1/trust-roots/${root.id}`, headers: owner })
    expect(removed.statusCode).toBe(204)
    expect((await post(statement('7'), about('7'))).json().summary.signature).toBe('unverified')
  })

  test.each([
    ['no key', { file: 'hello' }],
    ['a broken key', { file: '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----' }],
    ['other JSON', { file: '{"a":1}', identity: 'x', issuer: 'y' }],
    [
      'a Sigstore root that would trust everybody',
      { file: '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1","certificateAuthorities":[]}' },
    ],
  ])('%s is refused', async (_, payload) => {
    const reply = await trust({ name: 'x', ...payload })
    expect([reply.statusCode, reply.json().code]).toEqual([422, 'trust_root_wrong'])
  })

  test('one that is not there cannot be removed', async () => {
    const reply = await product.app.inject({ method: 'DELETE', url: '/v1/trust-roots/trr_none', headers: owner })
    expect([reply.statusCode, reply.json().code]).toEqual([404, 'trust_root_not_found'])
  })
})

test('coverage is shown by file', async () => {
  const lcov = 'SF:src/a.ts\nDA:1,1\nDA:2,0\nend_of_record\n'
  const { id, summary } = (await post(lcov)).json()
  expect(summary.coverageTotals).toEqual({ linesTotal: 2, linesHit: 1, branchesTotal: 0, branchesHit: 0 })
  const shown = (await product.app.inject({ url: `/v1/evidence/${id}`, headers: owner })).json()
  expect(shown.parsed.coverage.files).toEqual([{ path: 'src/a.ts', linesTotal: 2, linesHit: 1 }])
})

describe('lists', () => {
  test('are newest first, page by cursor and filter', async () => {
    const about = '7'.repeat(40)
    const ids: string[] = []
    for (let i = 0; i < 5; i++) {
      product.pass(1000)
      ids.push((await post(`<testsuite name="${i}"><testcase/></testsuite>`, { commit: about })).json().id)
    }
    const seen: string[] = []
    let next: string | null = ''
    while (next !== null) {
      const url: string = `/v1/evidence?commit=${about}&limit=2${next === '' ? '' : `&cursor=${next}`}`
      const page: { items: { id: string }[]; next: string | null } = (
        await product.app.inject({ url, headers: owner })
      ).json()
      seen.push(...page.items.map((one) => one.id))
      next = page.next
    }
    expect(seen).toEqual([...ids].reverse())
    const none = await product.app.inject({ url: `/v1/evidence?commit=${about}&format=sarif`, headers: owner })
    expect(none.json()).toEqual({ items: [], next: null })
  })

  test('of the evidence of commits for a gate: the newest last', async () => {
    const ctx = product.services.service('gate')
    const found = await evidenceOf(product.db, ctx, { repositoryId, commits: ['7'.repeat(40), '8'.repeat(40)] })
    expect(found).toHaveLength(5)
    expect(found.map((one) => one.addedAt)).toEqual([...found.map((one) => one.addedAt)].sort())
    expect(found[0]).toMatchObject({ format: 'junit', commit: '7'.repeat(40), parsed: { tests: { total: 1 } } })
    expect(await evidenceOf(product.db, ctx, { repositoryId, commits: [] })).toEqual([])
  })
})

describe('what is stored', () => {
  test('no secret, mail address or word of a report is in the database, the data folder, the log or an answer', async () => {
    const secret = `ghp_${'aB3d'.repeat(9)}`
    const plain = 'rabbit-of-the-report'
    const leak = [
      {
        RuleID: 'r',
        Description: plain,
        File: 'a',
        StartLine: 1,
        Secret: secret,
        Match: secret,
        Author: 'Zed Zebra',
        Email: 'zed@example.com',
      },
    ]
    const answers = [await post(JSON.stringify(leak), { commit: '2'.repeat(40) })]
    answers.push(
      await post(`<testsuite><testcase/><system-out>${secret}</system-out></testsuite>`, { commit: '2'.repeat(40) }),
    )
    answers.push(await post(`{"version":"2.1.0","runs":["${secret}`))
    answers.push(await post(secret))
    for (const one of answers.slice(0, 2)) {
      expect(one.statusCode).toBe(201)
      answers.push(await product.app.inject({ url: `/v1/evidence/${one.json().id}`, headers: owner }))
      answers.push(await product.app.inject({ url: `/v1/evidence/${one.json().id}/content`, headers: owner }))
    }
    const shown = answers.map((one) => one.body).join('\n')
    const kept = Buffer.concat([...(await everythingInTheDatabase()), ...filesBelow(product.folder.path)]).toString(
      'latin1',
    )
    expect(kept.length).toBeGreaterThan(100_000)
    for (const word of [secret, secret.slice(8), 'zed@example.com', 'Zed Zebra']) {
      expect(kept.includes(word)).toBe(false)
      expect(shown.includes(word)).toBe(false)
      expect(product.logged().includes(word)).toBe(false)
    }
    // what may be shown is encrypted where it lies
    expect(shown.includes(plain)).toBe(true)
    expect(kept.includes(plain)).toBe(false)
  })

  test('is gone for good when its key is erased; its record stays', async () => {
    const ctx = product.services.service('test')
    const { id } = (await post(junit, { commit: '3'.repeat(40) })).json()
    const before = (await product.records()).length
    await transact(product.db, ctx, async (tx, record) => {
      await eraseKeys(tx, { organizationId: ctx.organizationId, compartment: 'content', period: '2027-03' })
      record(erased({ data: {} }))
    })
    for (const url of [`/v1/evidence/${id}`, `/v1/evidence/${id}/content`]) {
      const reply = await product.app.inject({ url, headers: owner })
      expect([reply.statusCode, reply.json().code]).toEqual([410, 'evidence_erased'])
    }
    expect(await evidenceOf(product.db, ctx, { repositoryId, commits: ['3'.repeat(40)] })).toEqual([])
    expect((await product.records()).length).toBe(before + 1)
    // under a new key new evidence is kept
    expect((await post(junit, { commit: '4'.repeat(40) })).statusCode).toBe(201)
  })
})

const erased = defineEvent('test.keys-erased', z.object({}), { description: 'keys were erased, in a test' })

/** Every row of every table, as text and as raw bytes. */
async function everythingInTheDatabase(): Promise<Buffer[]> {
  const { pool } = product.database
  const tables = await pool.query(
    "select table_schema || '.' || quote_ident(table_name) as name from information_schema.tables where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')",
  )
  const parts: Buffer[] = []
  for (const { name } of tables.rows) {
    const rows = await pool.query(`select * from ${name}`)
    for (const row of rows.rows)
      for (const value of Object.values(row))
        parts.push(
          Buffer.isBuffer(value)
            ? value
            : Buffer.from(String(typeof value === 'object' ? JSON.stringify(value) : value)),
        )
  }
  return parts
}

function filesBelow(folder: string): Buffer[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => readFileSync(join(one.parentPath, one.name)))
}
