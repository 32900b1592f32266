import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DomainError } from '#platform/errors.ts'
import { readingErrors } from './errors.ts'
import { evidenceFormats } from './formats.ts'
import { kept, limits } from './limits.ts'
import { parseEvidence } from './parse.ts'
import type { ParsedEvidence, ReadOptions } from './parsed.ts'
import { createEvidenceReader, readEvidence } from './worker/reader.ts'

const codes = readingErrors.map((one) => one.code)

describe('a malicious report gives one clear error', () => {
  const laughs = `<?xml version="1.0"?><!DOCTYPE testsuite [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><testsuite name="&b;"/>`
  const xxe = `<!DOCTYPE testsuite [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite name="&x;"/>`
  const undeclared = '<testsuite name="&x;"/>'
  test.each([
    ['billion laughs', Buffer.from(laughs), 'evidence_unreadable'],
    ['an external entity', Buffer.from(xxe), 'evidence_unreadable'],
    ['an entity that nobody declared', Buffer.from(undeclared), 'evidence_unreadable'],
    ['XML nested too deep', Buffer.from('<testsuite>'.repeat(101)), 'evidence_too_large'],
    ['JSON nested too deep', Buffer.from(`{"version":"2.1.0","runs":${'['.repeat(100_000)}`), 'evidence_too_large'],
    ['gzip', gzipSync(Buffer.alloc(1000)), 'evidence_unreadable'],
    ['zip', Buffer.from('PK\x03\x04aaaa'), 'evidence_unreadable'],
    ['nothing', Buffer.alloc(0), 'evidence_format_unknown'],
    ['blanks', Buffer.from(' \n'), 'evidence_format_unknown'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 'evidence_unreadable'],
    ['half a UTF-16', Buffer.from([0xff, 0xfe, 0x7b]), 'evidence_unreadable'],
    ['NUL in XML', Buffer.from('<testsuite name="\0"/>'), 'evidence_unreadable'],
    ['JSON that was cut off', Buffer.from('{"version":"2.1.0","runs":[{"tool"'), 'evidence_unreadable'],
    ['one byte too many', Buffer.alloc(limits.bytes + 1, 0x20), 'evidence_too_large'],
  ])('%s', async (_, bytes, code) => {
    const error = await parseEvidence(bytes, {}).catch((one: unknown) => one)
    expect(error).toBeInstanceOf(DomainError)
    expect(error).toMatchObject({ code })
    expect(String(error)).not.toMatch(/passwd|haha|\p{Cc}/u)
  })

  test('an empty file whose format was named', async () => {
    for (const format of evidenceFormats)
      await expect(parseEvidence(Buffer.alloc(0), { format })).rejects.toMatchObject({ code: 'evidence_unreadable' })
  })

  test('more entries than a report may have', async () => {
    const xml = `<testsuite>${'<testcase/>'.repeat(limits.entities + 1)}</testsuite>`
    await expect(parseEvidence(Buffer.from(xml), {})).rejects.toMatchObject({ code: 'evidence_too_large' })
    const lines = Array.from({ length: 1000 }, (_, i) => `DA:${i + 1},1\n`).join('')
    const files = Array.from({ length: 2001 }, (_, i) => `SF:f${i}\n${lines}end_of_record\n`).join('')
    await expect(parseEvidence(Buffer.from(files), {})).rejects.toMatchObject({ code: 'evidence_too_large' })
  })
})

describe('what is kept of a hostile report is harmless', () => {
  const hostile = 'a\u001b[31mred\u0007\u202eevil\u0000\ud800\u200bz'
  const doc = {
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: hostile, version: hostile } },
        results: [
          {
            ruleId: hostile,
            message: { text: hostile.repeat(1000) },
            locations: [{ physicalLocation: { artifactLocation: { uri: hostile }, region: { startLine: -5 } } }],
          },
        ],
      },
    ],
  }

  test('no control mark, no mark of direction, no half character is in it', async () => {
    const { stored: _, ...report } = await parseEvidence(Buffer.from(JSON.stringify(doc)), {})
    expect(JSON.stringify(report)).not.toMatch(/\\u[0-9a-f]{4}|\p{C}/u)
    expect(report.findings[0]).toMatchObject({ ruleId: 'a [31mred evil z', path: null, line: null })
    expect(report.tool?.name).toBe('a 31mred evil z')
    expect([...(report.findings[0]?.title ?? '')].length).toBeLessThanOrEqual(kept.title)
  })

  test('`__proto__` and `constructor` are names like others', async () => {
    const text =
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"version":"2.1.0","runs":[{"tool":{"driver":{"name":"S","__proto__":{"version":"9"}}},"results":[]}]}'
    const report = await parseEvidence(Buffer.from(text), {})
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
    expect(report.tool).toEqual({ name: 'S', version: null })
    const xml = await parseEvidence(Buffer.from('<testsuite __proto__="x"><testcase/></testsuite>'), {})
    expect(xml.tests?.total).toBe(1)
  })

  test('of very many findings the most severe are kept, and all are counted', async () => {
    const results = Array.from({ length: 3000 }, (_, i) => ({
      ruleId: 'r',
      level: i >= 2990 ? 'error' : 'note',
      message: { text: `${i}` },
    }))
    const report = await parseEvidence(
      Buffer.from(JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: 'S' } }, results }] })),
      {},
    )
    expect(report.findings).toHaveLength(kept.findings)
    expect(report.findings.slice(0, 10).every((one) => one.severity === 'high')).toBe(true)
    expect(report.findingCounts).toMatchObject({ total: 3000, bySeverity: { high: 10, low: 2990 } })
  })
})

describe('secrets', () => {
  /** Put together here, so that no scanner takes this file for a leak. */
  const planted = [
    `AKIA${'QX7Z'.repeat(4)}`,
    `ghp_${'aB3d'.repeat(9)}`,
    `github_pat_${'aB3d'.repeat(9)}`,
    `glpat-${'aB3d'.repeat(6)}`,
    `xoxb-${'1234'.repeat(5)}`,
    `sk-ant-${'aB3d'.repeat(8)}`,
    `sk-${'aB3d'.repeat(10)}`,
    `sk_live_${'aB3d'.repeat(6)}`,
    `AIza${'aB3d5'.repeat(7)}`,
    `npm_${'aB3d'.repeat(9)}`,
    `cst_api_${'a'.repeat(43)}_0123abcd`,
    `eyJ${'aB3d'.repeat(5)}.eyJ${'aB3d'.repeat(5)}.${'aB3d'.repeat(5)}`,
    `Bearer ${'aB3d'.repeat(8)}`,
    `-----BEGIN RSA PRIVATE KEY-----\n${'MIIE'.repeat(40)}\n-----END RSA PRIVATE KEY-----`,
  ]

  const carriers: [string, (secret: string) => string][] = [
    ['a SARIF message', (one) => JSON.stringify(sarifWith(one))],
    ['an escaped SARIF message', (one) => escaped(JSON.stringify(sarifWith(one)), one)],
    ['the name of a member', (one) => JSON.stringify({ ...sarifWith('x'), [one]: 1 })],
    [
      'the name of a tool',
      (one) => JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: one } }, results: [] }] }),
    ],
    [
      'a member that stands there twice',
      (one) => `{"a":${JSON.stringify(one)},"a":1,${JSON.stringify(sarifWith('x')).slice(1)}`,
    ],
    ['the output of a test', (one) => `<testsuite><testcase name="a"/><system-out>${one}</system-out></testsuite>`],
    ['the name of a suite', (one) => `<testsuite name="${one}"><testcase/></testsuite>`],
    ['a path of LCOV', (one) => `SF:${one.replaceAll('\n', ' ')}\nDA:1,1\nend_of_record\n`],
    [
      'a component',
      (one) =>
        JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', components: [{ type: 'library', name: one }] }),
    ],
  ]

  test.each(carriers)('in %s are taken out', async (_, carry) => {
    for (const secret of planted) {
      const { stored, ...report } = await parseEvidence(Buffer.from(carry(secret)), {})
      const all = Buffer.from(stored).toString() + JSON.stringify(report)
      const core = secret.includes('\n') ? 'MIIE'.repeat(40) : secret.slice(7)
      expect(all.includes(core), `${secret.slice(0, 12)} is left`).toBe(false)
    }
  })

  test('a password in an address is taken out, the address stays', async () => {
    const report = await parseEvidence(Buffer.from(JSON.stringify(sarifWith('postgres://app:hunter22@db/x'))), {})
    expect(report.findings[0]?.title).toBe('postgres://app:[removed]@db/x')
  })

  test('a report without any is stored as it came, byte for byte', async () => {
    const bytes = Buffer.from(`\ufeff${JSON.stringify(sarifWith('nothing'), null, 3)}`)
    const report = await parseEvidence(bytes, {})
    expect(Buffer.from(report.stored).equals(bytes)).toBe(true)
    expect(report.redactions).toBe(0)
  })

  function sarifWith(text: string) {
    return { version: '2.1.0', runs: [{ tool: { driver: { name: 'S' } }, results: [{ message: { text } }] }] }
  }

  /** The second mark of the secret as an escape: a look at the text does not see it. */
  function escaped(json: string, secret: string): string {
    const inside = JSON.stringify(secret).slice(1, -1)
    const code = inside.charCodeAt(1).toString(16).padStart(4, '0')
    return json.replace(inside, `${inside[0]}\\u${code}${inside.slice(2)}`)
  }
})

describe('whatever is sent, a reader answers within its bounds or with a declared error', () => {
  const words = fc.constantFrom(
    ...[
      'results',
      'runs',
      'tool',
      'driver',
      'name',
      'rules',
      'message',
      'text',
      'level',
      'locations',
      'Results',
      'Secrets',
    ],
    ...[
      'Vulnerabilities',
      'vulnerabilities',
      'via',
      'packages',
      'components',
      'licenses',
      'statements',
      'subject',
      'payload',
    ],
    ...[
      'signatures',
      'dsseEnvelope',
      'extra',
      'check_id',
      'File',
      'Secret',
      'RuleID',
      'id',
      'version',
      'mediaType',
      '__proto__',
    ],
  )
  const leaf = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    words,
  )
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.array(tie('value'), { maxLength: 5 }),
      fc.dictionary(words, tie('value'), { maxKeys: 6 }),
    ),
  }))
  const shells: Record<string, (inner: unknown) => unknown> = {
    sarif: (inner) => ({ version: '2.1.0', runs: [inner, { tool: inner, results: [inner, inner] }] }),
    cyclonedx: (inner) => ({
      bomFormat: 'CycloneDX',
      specVersion: '9',
      components: [inner],
      vulnerabilities: [inner],
      metadata: inner,
    }),
    spdx: (inner) => ({ spdxVersion: 'SPDX-2.3', packages: [inner], creationInfo: inner, relationships: [inner] }),
    gitleaks: (inner) => [{ RuleID: 'r', Secret: inner, File: inner }, inner],
    'npm-audit': (inner) => ({ auditReportVersion: 2, vulnerabilities: { a: inner, b: { via: [inner, inner] } } }),
    trivy: (inner) => ({
      SchemaVersion: 2,
      Results: [inner, { Class: 'secret', Secrets: [inner], Vulnerabilities: [inner], Licenses: [inner] }],
      Metadata: inner,
    }),
    semgrep: (inner) => ({ results: [inner, { extra: inner, start: inner }], errors: [inner], paths: inner }),
    'osv-scanner': (inner) => ({
      results: [{ source: inner, packages: [inner, { package: inner, vulnerabilities: [inner], groups: [inner] }] }],
    }),
    openvex: (inner) => ({
      '@context': 'https://openvex.dev/ns/v0.2.0',
      statements: [inner, { vulnerability: inner, status: 'fixed', products: [inner] }],
    }),
    dsse: (inner) => ({
      payloadType: 'application/vnd.in-toto+json',
      signatures: [inner],
      payload: Buffer.from(
        JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject: [inner, { digest: inner }] }),
      ).toString('base64'),
    }),
    sigstore: (inner) => ({
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      messageSignature: inner,
      dsseEnvelope: inner,
    }),
    'pull-request': (inner) => ({ schema: 'countersign.pull-request/v1', approvals: [inner], author: inner }),
    interactions: (inner) => ({ schema: 'countersign.interactions/v1', sessions: [inner] }),
    dependencies: (inner) => ({ schema: 'countersign.dependencies/v1', added: [inner] }),
  }

  test.each(Object.keys(shells))('%s', async (format) => {
    await fc.assert(
      fc.asyncProperty(value, async (inner) => {
        const text = JSON.stringify(shells[format]?.(inner))
        await within(Buffer.from(text), { format })
        await within(Buffer.from(text.slice(0, text.length * 0.8)), { format })
      }),
      { numRuns: 150 },
    )
  })

  const marks = fc.constantFrom(
    ...[
      '<testsuite>',
      '</testsuite>',
      '<testcase',
      '/>',
      '<failure>',
      '<class filename="',
      '<line number="',
      '" hits="',
      '">',
      '<![CDATA[',
    ],
    ...[
      ']]>',
      '&#x0;',
      '&lt;',
      '<!--',
      '-->',
      'SF:',
      'DA:',
      'BRDA:',
      ',',
      '1',
      '-9',
      '\n',
      'end_of_record',
      'TN:',
      '\u0000',
      '\ud800',
      '99999999999999999999',
    ],
  )
  test.each(['junit', 'cobertura', 'lcov'])('%s', async (format) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(marks, fc.string()), { maxLength: 40 }), (parts) =>
        within(Buffer.from(parts.join('')), { format }),
      ),
      { numRuns: 300 },
    )
  })

  test('any bytes under any name', async () => {
    const names = fc.constantFrom(
      'a.sarif',
      'bom.json',
      'x.spdx.json',
      'junit.xml',
      'lcov.info',
      'coverage.xml',
      'gitleaks.json',
      'trivy.json',
      'x',
    )
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), names, (bytes, name) => within(bytes, { name })),
      { numRuns: 500 },
    )
  })

  async function within(bytes: Uint8Array, options: ReadOptions): Promise<void> {
    const report = await parseEvidence(bytes, options).catch((error: unknown) => {
      expect(error).toBeInstanceOf(DomainError)
      expect(codes).toContain((error as DomainError).code)
      expect((error as Error).message.length).toBeLessThan(1000)
      return undefined
    })
    if (report !== undefined) expectBounded(report)
  }

  function expectBounded(report: ParsedEvidence): void {
    const { stored: _, ...rest } = report
    expect(rest.findings.length).toBeLessThanOrEqual(kept.findings)
    expect(JSON.stringify(rest)).not.toMatch(/[\p{Cc}\p{Cs}]|\\u00[01]/u)
    for (const one of rest.findings) {
      expect(one.path ?? 'a').not.toMatch(/^\/|^[A-Za-z]:|(^|\/)\.\.(\/|$)|\\/)
      expect(one.fingerprint).toMatch(/^[0-9a-f]{32}$/)
    }
  }
})

describe('the thread that reads', () => {
  const junit = Buffer.from('<testsuite><testcase/></testsuite>')

  test('answers as reading here does, and leaves the bytes to their owner', async () => {
    const { stored: _, ...report } = await readEvidence(junit)
    const { stored: __, ...here } = await parseEvidence(junit, {})
    expect(report).toEqual(here)
    expect(junit.length).toBeGreaterThan(0)
  })

  test('passes refusals on with code, text and hint', async () => {
    const error = await readEvidence(Buffer.from('{}')).catch((one: unknown) => one)
    expect(error).toBeInstanceOf(DomainError)
    expect(error).toMatchObject({ code: 'evidence_format_unknown', hint: expect.stringContaining('--format') })
  })

  test('is ended when it is too slow, and the next report is read', async () => {
    const reader = createEvidenceReader({ timeMs: 1 })
    const many = Buffer.from(`<testsuite>${'<testcase/>'.repeat(100_000)}</testsuite>`)
    await expect(reader.read(many, {})).rejects.toMatchObject({ code: 'evidence_too_slow' })
    await reader.close()
    const next = createEvidenceReader()
    expect((await next.read(junit, {})).tests?.total).toBe(1)
    await next.close()
  })

  test('that runs out of memory does not take the process with it', async () => {
    const reader = createEvidenceReader({ heapMb: 20 })
    const large = Buffer.from(`{"version":"2.1.0","runs":[${'[{"a":[]}],'.repeat(400_000)}1]}`)
    await expect(reader.read(large, {})).rejects.toMatchObject({ code: 'evidence_too_slow' })
    expect((await reader.read(junit, {})).tests?.total).toBe(1)
    await reader.close()
  })

  test('can be called off', async () => {
    const reader = createEvidenceReader()
    const stop = new AbortController()
    const reading = reader.read(junit, { signal: stop.signal })
    stop.abort(new Error('no longer wanted'))
    await expect(reading).rejects.toThrow('no longer wanted')
    expect((await reader.read(junit, {})).tests?.total).toBe(1)
    await reader.close()
  })

  test('takes one report after the other', async () => {
    const reader = createEvidenceReader()
    const reports = await Promise.all(Array.from({ length: 20 }, () => reader.read(junit, {})))
    expect(reports.map((one) => one.tests?.total)).toEqual(Array(20).fill(1))
    await reader.close()
  })
})
