import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseEvidence } from './parse.ts'
import type { ReadOptions } from './parsed.ts'

const vectors = join(import.meta.dirname, '../../../test/vectors/evidence')

/** Counts by hand of what stands in `test/vectors/evidence`; its README tells how the files were made. */
describe('reports of real tools', () => {
  const rows = [
    ['gitleaks.json', 'gitleaks', 3, ['secrets'], { high: 3 }],
    ['gitleaks.sarif', 'sarif', 3, ['secrets'], { high: 3 }],
    ['semgrep.json', 'semgrep', 2, ['sast'], { high: 1, medium: 1 }],
    ['semgrep.sarif', 'sarif', 2, ['sast'], { high: 1, medium: 1 }],
  ] as const
  test.each(rows)('%s is read as %s with %i findings', async (file, format, total, scans, bySeverity) => {
    const report = await readFile(file)
    expect(report).toMatchObject({ format, ran: true, scans, findingCounts: { total, suppressed: 0, bySeverity } })
    expect(report.schema).toEqual({ verdict: 'unchecked', problems: [] })
  })

  test('findings have rule, class, place and a title without what was found', async () => {
    for (const file of ['semgrep.json', 'semgrep.sarif']) {
      const { findings, tool } = await readFile(file)
      expect(tool).toEqual({ name: file === 'semgrep.json' ? 'semgrep' : 'Semgrep OSS', version: '1.185.0' })
      expect(findings.map((one) => [one.ruleId, one.class, one.path, one.line])).toEqual([
        ['eval-of-input', 'sast', 'src/pay.mjs', 9],
        ['hardcoded-password', 'secrets', 'src/settings.mjs', 1],
      ])
      expect(findings[0]?.title).toBe('eval() of something that came from outside')
    }
    const { findings } = await readFile('gitleaks.json')
    expect(findings.map((one) => [one.ruleId, one.path, one.line])).toEqual([
      ['aws-access-token', 'src/settings.mjs', 3],
      ['generic-api-key', 'src/settings.mjs', 6],
      ['github-pat', 'src/settings.mjs', 6],
    ])
  })

  test('nothing that was planted is left in what may be stored, or in what was read', async () => {
    for (const [file] of rows) {
      const { stored, ...report } = await readFile(file)
      const all = Buffer.from(stored).toString('latin1') + JSON.stringify(report)
      for (const planted of ['AKIAQX7ZPLANTED4TEST', 'ghp_PLANTED', 'planted-Pa55word', 'ada@example.com'])
        expect(all.includes(planted), `${planted} in ${file}`).toBe(false)
      expect(report.redactions).toBeGreaterThan(0)
    }
  })

  test('what may be stored is a report of the same findings', async () => {
    for (const [file] of rows) {
      const first = await readFile(file)
      const again = await parseEvidence(first.stored, { format: first.format })
      expect(again.findings).toEqual(first.findings)
    }
  })

  test('JUnit and coverage of Node and c8', async () => {
    expect((await readFile('junit.xml')).tests).toEqual({ total: 4, passed: 2, failed: 1, errors: 0, skipped: 1 })
    const lcov = await readFile('lcov.info')
    expect(lcov.format).toBe('lcov')
    expect(lcov.coverage).toMatchObject({ linesTotal: 17, linesHit: 16, branchesTotal: 8, branchesHit: 7 })
    expect(lcov.coverage?.files.map((one) => [one.path, one.lines.length])).toEqual([
      ['src/pay.mjs', 10],
      ['src/pay.test.mjs', 7],
    ])
    const cobertura = await readFile('cobertura.xml')
    expect(cobertura.format).toBe('cobertura')
    expect(cobertura.coverage).toMatchObject({ linesTotal: 10, linesHit: 9, branchesTotal: 4, branchesHit: 3 })
    // line 1 is counted once as 2 (method) and once as 1 (class)
    expect(cobertura.coverage?.files[0]).toMatchObject({
      path: 'src/pay.mjs',
      lines: expect.arrayContaining([
        [1, 2],
        [9, 0],
      ]),
    })
  })

  test('the parts lists of Syft', async () => {
    const npm = [
      { name: 'lodash', version: '4.17.15', purl: 'pkg:npm/lodash@4.17.15', licenses: ['MIT'] },
      { name: 'minimist', version: '1.2.0', purl: 'pkg:npm/minimist@1.2.0', licenses: ['MIT'] },
      { name: 'planted', version: '1.0.0', purl: 'pkg:npm/planted@1.0.0', licenses: ['Apache-2.0'] },
    ]
    const cyclonedx = await readFile('bom.cdx.json')
    expect(cyclonedx).toMatchObject({ format: 'cyclonedx', version: '1.6', schema: { verdict: 'valid', problems: [] } })
    expect(cyclonedx.components?.slice(0, 3)).toEqual(npm)
    expect(cyclonedx.components).toHaveLength(4)
    expect(cyclonedx.producedAt).toBe('2026-11-25T22:08:18.000Z')
    const spdx = await readFile('sbom.spdx.json')
    expect(spdx).toMatchObject({ format: 'spdx', version: '2.3', tool: { name: 'syft' }, schema: { problems: [] } })
    expect(spdx.components?.slice(0, 3)).toEqual(npm)
    // a parts list is no scan
    expect([cyclonedx.scans, spdx.scans]).toEqual([[], []])
  })
})

describe('SARIF', () => {
  const run = (more: object, name = 'Scanner') => ({
    version: '2.1.0',
    runs: [{ tool: { driver: { name } }, ...more }],
  })
  const result = (more: object = {}) => ({ ruleId: 'R', message: { text: 'wrong' }, ...more })

  test.each([
    ['no runs', { version: '2.1.0', runs: [] }, false],
    ['a run without results', run({}), false],
    ['a run whose results are null', run({ results: null }), false],
    ['an empty list of results', run({ results: [] }), true],
    ['a tool that failed', run({ results: [], invocations: [{ executionSuccessful: false }] }), false],
    ['a tool that succeeded', run({ results: [], invocations: [{ executionSuccessful: true }] }), true],
  ])('%s: whether it ran', async (_, doc, ran) => {
    const report = await read(doc, { format: 'sarif' })
    expect(report.ran).toBe(ran)
    expect(report.scans).toEqual(ran ? ['sast'] : [])
  })

  test('one run that did not run makes the report no evidence', async () => {
    const [whole] = run({ results: [] }).runs
    const [failed] = run({}).runs
    expect((await read({ version: '2.1.0', runs: [whole, failed] })).ran).toBe(false)
  })

  test.each([
    [{}, 'medium'],
    [{ level: 'error' }, 'high'],
    [{ level: 'note' }, 'low'],
    [{ level: 'none' }, 'info'],
    [{ ruleId: 'by-rule' }, 'high'],
    [{ ruleId: 'by-rule/part' }, 'high'],
    [{ ruleId: 'by-rule', level: 'note' }, 'low'],
    [{ ruleId: 'by-score', level: 'note' }, 'critical'],
    [{ properties: { 'security-severity': '4.0' } }, 'medium'],
  ])('the severity of %j is %s', async (more, severity) => {
    const rules = [
      { id: 'by-rule', defaultConfiguration: { level: 'error' } },
      { id: 'by-score', properties: { 'security-severity': '9.1' } },
    ]
    const doc = { version: '2.1.0', runs: [{ tool: { driver: { name: 'S', rules } }, results: [result(more)] }] }
    expect((await read(doc)).findings.map((one) => one.severity)).toEqual([severity])
  })

  test.each([
    [{ kind: 'pass' }, 0],
    [{ kind: 'notApplicable' }, 0],
    [{ kind: 'informational' }, 0],
    [{ kind: 'fail' }, 1],
    [{ kind: 'open' }, 1],
    [{ kind: 'review' }, 1],
    [{ baselineState: 'absent' }, 0],
    [{ baselineState: 'unchanged' }, 1],
  ])('%j gives %i findings', async (more, total) => {
    expect((await read(run({ results: [result(more)] }))).findingCounts.total).toBe(total)
  })

  test.each([
    [[], false],
    [[{ kind: 'external' }], true],
    [[{ kind: 'inSource', status: 'accepted' }], true],
    [[{ kind: 'external', status: 'underReview' }], false],
    [[{ kind: 'external' }, { kind: 'external', status: 'rejected' }], false],
  ])('suppressions %j', async (suppressions, suppressed) => {
    const report = await read(run({ results: [result({ suppressions })] }))
    expect(report.findings[0]?.suppressed).toBe(suppressed)
    expect(report.findingCounts.suppressed).toBe(suppressed ? 1 : 0)
    expect(report.findingCounts.bySeverity.medium).toBe(suppressed ? 0 : 1)
  })

  test.each([
    ['src/a%20b.ts', undefined, 'src/a b.ts'],
    ['./src/../src/a.ts', undefined, 'src/a.ts'],
    ['../../etc/passwd', undefined, null],
    ['src/../../x', undefined, null],
    ['/etc/passwd', undefined, null],
    ['https://example.com/a.ts', undefined, null],
    ['file:///home/runner/work/app/app/src/a.ts', undefined, 'src/a.ts'],
    ['file:///C:/code/src/a.ts', { SRCROOT: { uri: 'file:///C:/code/' } }, 'src/a.ts'],
    ['file:///C:/code/src/a.ts', undefined, null],
    ['src\\win\\a.ts', undefined, 'src/win/a.ts'],
  ])('the path of %s with bases %j is %s', async (uri, originalUriBaseIds, path) => {
    const locations = [{ physicalLocation: { artifactLocation: { uri } } }]
    const doc = run({ results: [result({ locations })], ...(originalUriBaseIds ? { originalUriBaseIds } : {}) })
    expect((await read(doc)).findings[0]?.path).toBe(path)
  })

  test('a path may be relative to a root that the caller names', async () => {
    const locations = [{ physicalLocation: { artifactLocation: { uri: '/srv/checkout/src/a.ts' } } }]
    const report = await read(run({ results: [result({ locations })] }), { roots: ['/srv/checkout'] })
    expect(report.findings[0]?.path).toBe('src/a.ts')
  })

  test('messages by id, with arguments; a missing message is a problem and no failure', async () => {
    const rules = [{ id: 'R', messageStrings: { m: { text: 'use of {0}' } }, shortDescription: { text: 'short' } }]
    const results = [result({ message: { id: 'm', arguments: ['eval'] } }), { ruleId: 'R' }]
    const report = await read({ version: '2.1.0', runs: [{ tool: { driver: { name: 'S', rules } }, results }] })
    expect(report.findings.map((one) => one.title)).toEqual(['use of eval', 'short'])
    expect(report.schema).toEqual({ verdict: 'invalid', problems: ['a result has no `message`'] })
  })

  test('a linter makes no scan, and its findings are counted', async () => {
    const report = await read(run({ results: [result()] }, 'ESLint'))
    expect(report).toMatchObject({ ran: true, scans: [], findingCounts: { total: 1 } })
  })

  test('the fingerprint stays when lines move, and tells two alike apart', async () => {
    const place = (startLine: number) => ({
      locations: [{ physicalLocation: { artifactLocation: { uri: 'a.ts' }, region: { startLine } } }],
    })
    const marks = async (...lines: number[]) =>
      (await read(run({ results: lines.map((line) => result(place(line))) }))).findings.map((one) => one.fingerprint)
    const [first, second] = await marks(3, 9)
    expect(await marks(5, 19)).toEqual([first, second])
    expect(first).not.toBe(second)
  })

  test('the commit that it is about', async () => {
    const report = await read(run({ results: [], versionControlProvenance: [{ revisionId: 'A'.repeat(40) }] }))
    expect(report.speaksOf.commits).toEqual(['a'.repeat(40)])
  })
})

describe('JUnit', () => {
  test.each([
    ['no suites', '<testsuites/>', [0, 0, 0, 0, 0]],
    [
      'wrong totals',
      '<testsuite tests="9" failures="0"><testcase/><testcase><failure/></testcase></testsuite>',
      [2, 1, 1, 0, 0],
    ],
    ['an error after a failure', '<testsuite><testcase><failure/><error/></testcase></testsuite>', [1, 0, 0, 1, 0]],
    ['a second attempt', '<testsuite><testcase><flakyFailure/></testcase></testsuite>', [1, 1, 0, 0, 0]],
    ['a suite that could not be set up', '<testsuite><error/><testcase/></testsuite>', [1, 1, 0, 1, 0]],
    [
      'suites in suites',
      '<testsuites><testsuite><testsuite><testcase/></testsuite><testcase/></testsuite></testsuites>',
      [2, 2, 0, 0, 0],
    ],
    ['a disabled one', '<testsuite><testcase status="disabled"/></testsuite>', [1, 0, 0, 0, 1]],
  ])('%s', async (_, xml, [total, passed, failed, errors, skipped]) => {
    const report = await read(xml)
    expect(report.format).toBe('junit')
    expect(report.tests).toEqual({ total, passed, failed, errors, skipped })
  })

  test('attributes that tell of more failures than there are cases are a problem', async () => {
    const { schema, tests } = await read('<testsuites><testsuite tests="0" errors="2"/></testsuites>')
    expect(tests).toMatchObject({ total: 0, errors: 0 })
    expect(schema.verdict).toBe('invalid')
  })

  test('a report that was cut off is refused, whatever stands in it', async () => {
    await expect(read('<testsuites><testsuite><testcase name="a"/>')).rejects.toMatchObject({
      code: 'evidence_unreadable',
    })
  })

  test('the commit of a property', async () => {
    const xml = `<testsuite><properties><property name="git.commit" value="${'b'.repeat(40)}"/></properties></testsuite>`
    expect((await read(xml)).speaksOf.commits).toEqual(['b'.repeat(40)])
  })
})

describe('coverage', () => {
  test('a file or line that is counted twice has the larger count; what never ran is not hit', async () => {
    const lcov =
      'TN:\nSF:/w/src/a.ts\nDA:1,0\nDA:2,3\nBRDA:2,0,0,-\nBRDA:2,0,1,2\nend_of_record\nSF:/w/src/a.ts\nDA:1,4\nDA:2,0\nBRDA:2,0,1,0\nend_of_record\n'
    const { coverage } = await read(lcov)
    expect(coverage).toEqual({
      files: [
        {
          path: 'w/src/a.ts',
          lines: [
            [1, 4],
            [2, 3],
          ],
        },
      ],
      linesTotal: 2,
      linesHit: 2,
      branchesTotal: 2,
      branchesHit: 1,
    })
  })

  test('a tracefile without its last line is a problem', async () => {
    expect((await read('SF:a.ts\nDA:1,1\n')).schema.verdict).toBe('invalid')
  })

  test('Cobertura of two classes in one file; drives and backslashes', async () => {
    const line = (number: number, hits: number) => `<line number="${number}" hits="${hits}"/>`
    const xml = `<coverage line-rate="1" timestamp="1477409499"><packages><package><classes>
      <class filename="C:\\src\\A.cs"><lines>${line(1, 0)}${line(2, 1)}</lines></class>
      <class filename="C:\\src\\A.cs"><lines>${line(1, 2)}${line(3, 0)}</lines></class></classes></package></packages></coverage>`
    const report = await read(xml)
    expect(report.coverage).toMatchObject({
      files: [
        {
          path: 'src/A.cs',
          lines: [
            [1, 2],
            [2, 1],
            [3, 0],
          ],
        },
      ],
      linesHit: 2,
    })
    expect(report.producedAt).toBe('2016-10-25T15:31:39.000Z')
  })
})

describe('dependencies and their vulnerabilities', () => {
  const advisory = {
    source: 7,
    name: 'debug',
    title: 'ReDoS',
    url: 'https://github.com/advisories/GHSA-gxpj-cx7g-858c',
    severity: 'high',
  }

  test('npm audit: advisories, and packages that only depend on one', async () => {
    const report = await read({
      auditReportVersion: 2,
      vulnerabilities: {
        debug: { severity: 'high', via: [advisory], fixAvailable: { name: 'debug', version: '4.3.1' } },
        express: { severity: 'moderate', via: ['debug'], fixAvailable: true },
      },
    })
    expect(report).toMatchObject({
      format: 'npm-audit',
      scans: ['sca'],
      findingCounts: { bySeverity: { high: 1, medium: 1 } },
    })
    expect(report.findings[0]).toMatchObject({
      vulnerability: 'GHSA-gxpj-cx7g-858c',
      package: { name: 'debug', version: null, ecosystem: 'npm', fixedIn: '4.3.1' },
    })
  })

  test('npm audit that the registry did not answer did not run', async () => {
    const report = await read({ message: 'no lock file', error: { code: 'ENOLOCK' } })
    expect(report).toMatchObject({ format: 'npm-audit', ran: false, scans: [] })
    expect((await read({ error: { summary: '' } }, { name: 'npm-audit.json' })).ran).toBe(false)
  })

  test('Trivy: one result of each class, what is in order and what is excepted', async () => {
    const report = await read({
      SchemaVersion: 2,
      ArtifactName: 'app',
      CreatedAt: '2026-01-02T03:04:05.123456789Z',
      Metadata: { RepoDigests: [`app@sha256:${'d'.repeat(64)}`] },
      Results: [
        {
          Target: 'package-lock.json',
          Class: 'lang-pkgs',
          Type: 'npm',
          Vulnerabilities: [
            {
              VulnerabilityID: 'CVE-2020-1',
              PkgName: 'a',
              InstalledVersion: '1',
              FixedVersion: '2',
              Severity: 'CRITICAL',
              Title: 'bad',
            },
          ],
        },
        {
          Target: 'app (alpine)',
          Class: 'os-pkgs',
          Type: 'alpine',
          Vulnerabilities: [{ VulnerabilityID: 'CVE-2020-2', PkgName: 'b', Severity: 'UNKNOWN' }],
        },
        {
          Target: 'Dockerfile',
          Class: 'config',
          Misconfigurations: [
            { ID: 'DS1', Title: 'root', Severity: 'HIGH', Status: 'FAIL', CauseMetadata: { StartLine: 3 } },
            { ID: 'DS2', Severity: 'LOW', Status: 'PASS' },
            { ID: 'DS3', Severity: 'LOW', Status: 'EXCEPTION' },
          ],
        },
        {
          Target: 'a.env',
          Class: 'secret',
          Secrets: [
            {
              RuleID: 'aws',
              Severity: 'CRITICAL',
              Title: 'AWS',
              StartLine: 1,
              Match: 'KEY=verysecret',
              Code: { Lines: [{ Content: 'verysecret' }] },
            },
          ],
        },
        { Target: 'LICENSE', Class: 'license', Licenses: [{ Severity: 'HIGH', PkgName: 'c', Name: 'AGPL-3.0' }] },
      ],
    })
    expect(report.scans).toEqual(['container', 'iac', 'license', 'sca', 'secrets'])
    expect(
      report.findings.map((one) => [one.class, one.ruleId, one.severity, one.path, one.line, one.suppressed]),
    ).toEqual([
      ['sca', 'CVE-2020-1', 'critical', 'package-lock.json', null, false],
      ['secrets', 'aws', 'critical', 'a.env', 1, false],
      ['iac', 'DS1', 'high', 'Dockerfile', 3, false],
      ['license', 'AGPL-3.0', 'high', 'LICENSE', null, false],
      ['container', 'CVE-2020-2', 'medium', null, null, false],
      ['iac', 'DS3', 'low', 'Dockerfile', null, true],
    ])
    expect(Buffer.from(report.stored).toString()).not.toContain('verysecret')
    expect(report.redactions).toBe(2)
    expect(report.speaksOf.artifacts).toEqual([`sha256:${'d'.repeat(64)}`])
    expect(report.producedAt).toBe('2026-01-02T03:04:05.123Z')
  })

  test.each([
    ['no results', { SchemaVersion: 2, ArtifactName: 'x' }],
    ['null results', { SchemaVersion: 2, ArtifactName: 'x', Results: null }],
    ['null', null],
  ])('Trivy with %s did not run', async (_, doc) => {
    expect(await read(doc, { name: 'trivy.json' })).toMatchObject({ format: 'trivy', ran: false, scans: [] })
  })

  test('OSV-Scanner: a group of names is one finding', async () => {
    const report = await read({
      results: [
        {
          source: { path: '/github/workspace/go.mod', type: 'lockfile' },
          packages: [
            {
              package: { name: 'x/net', version: '0.1.0', ecosystem: 'Go' },
              vulnerabilities: [
                {
                  id: 'GHSA-aaaa-bbbb-cccc',
                  summary: 'bad',
                  affected: [
                    {
                      package: { name: 'x/net' },
                      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '0.2.0' }] }],
                    },
                  ],
                },
                { id: 'GO-2023-1' },
              ],
              groups: [{ ids: ['GHSA-aaaa-bbbb-cccc', 'GO-2023-1'], max_severity: '7.5' }],
            },
          ],
        },
      ],
      experimental_config: {},
    })
    expect(report).toMatchObject({ format: 'osv-scanner', scans: ['sca'], findingCounts: { total: 1 } })
    expect(report.findings[0]).toMatchObject({
      severity: 'high',
      path: 'go.mod',
      package: { name: 'x/net', version: '0.1.0', ecosystem: 'Go', fixedIn: '0.2.0' },
    })
  })

  test('OSV-Scanner that found nothing ran', async () => {
    expect(await read({ results: [], experimental_config: {} })).toMatchObject({
      format: 'osv-scanner',
      ran: true,
      scans: ['sca'],
    })
  })

  test('CycloneDX vulnerabilities, of which one is analysed away; a wrong document is invalid and still read', async () => {
    const report = await read({
      bomFormat: 'CycloneDX',
      specVersion: '1.5',
      components: [
        {
          type: 'library',
          'bom-ref': 'a',
          name: 'lib',
          group: 'g',
          version: '1',
          purl: 'pkg:npm/lib@1',
          components: [{ type: 'library', name: 'inner' }],
        },
      ],
      vulnerabilities: [
        { id: 'CVE-2020-9', ratings: [{ severity: 'high' }], affects: [{ ref: 'a' }] },
        { id: 'CVE-2020-8', ratings: [{ score: 9.8, severity: 'unknown' }], analysis: { state: 'false_positive' } },
      ],
      surely: 'not',
    })
    expect(report.schema.verdict).toBe('invalid')
    expect(report.components?.map((one) => one.name)).toEqual(['g/lib', 'inner'])
    expect(report.findings.map((one) => [one.vulnerability, one.severity, one.suppressed, one.package?.name])).toEqual([
      ['CVE-2020-9', 'high', false, 'lib'],
      ['CVE-2020-8', 'critical', true, undefined],
    ])
  })
})

describe('Semgrep and gitleaks', () => {
  test('what was ignored in the code is suppressed; an error means that it did not run', async () => {
    const result = {
      check_id: 'r',
      path: 'a.py',
      start: { line: 2 },
      extra: { severity: 'ERROR', message: 'm', is_ignored: true },
    }
    const report = await read({ results: [result], errors: [{ level: 'warn' }], paths: { scanned: ['a.py'] } })
    expect(report).toMatchObject({ format: 'semgrep', ran: true, findingCounts: { suppressed: 1 } })
    expect((await read({ results: [], errors: [{ level: 'error' }] })).ran).toBe(false)
    expect((await read({ results: [], errors: [], paths: { scanned: [] } })).ran).toBe(false)
  })

  test('gitleaks: nothing found, and a secret in several commits', async () => {
    for (const text of ['[]', 'null\n'])
      expect(await read(text, { name: 'gitleaks-report.json' })).toMatchObject({
        format: 'gitleaks',
        ran: true,
        scans: ['secrets'],
        findingCounts: { total: 0 },
      })
    const one = { RuleID: 'r', File: 'a', StartLine: 1, Secret: 'one', Match: 'one', Commit: 'c1' }
    const doc = [one, { ...one, Commit: 'c2' }, { ...one, Secret: 'two', Match: 'two' }]
    const report = await read(doc)
    expect(report.findingCounts.total).toBe(2)
    expect(report.speaksOf.commits).toEqual([])
  })

  test('another value under its name is no scan', async () => {
    expect(await read({ a: 1 }, { name: 'gitleaks.json' })).toMatchObject({ ran: false, scans: [] })
  })
})

describe('OpenVEX', () => {
  const document = {
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': 'urn:x',
    author: 'Ada',
    timestamp: '2026-01-01T00:00:00Z',
    version: 1,
  }

  test('0.2.0', async () => {
    const statements = [
      {
        vulnerability: { name: 'CVE-1' },
        products: [{ '@id': 'pkg:npm/a@1' }],
        status: 'not_affected',
        justification: 'vulnerable_code_not_present',
      },
    ]
    const report = await read({ ...document, statements })
    expect(report).toMatchObject({ format: 'openvex', version: '0.2.0', schema: { problems: [] } })
    expect(report.vex).toEqual([
      {
        vulnerability: 'CVE-1',
        status: 'not_affected',
        justification: 'vulnerable_code_not_present',
        products: ['pkg:npm/a@1'],
      },
    ])
  })

  test('0.0.1 with its plain texts, and a claim without a reason, are read and invalid', async () => {
    const statements = [
      { vulnerability: 'CVE-2', products: ['pkg:npm/b@2'], status: 'not_affected' },
      { vulnerability: 'CVE-3', status: 'perhaps' },
    ]
    const { '@context': _, ...rest } = document
    const report = await read({ '@context': 'https://openvex.dev/ns', ...rest, statements })
    expect(report.vex).toEqual([
      { vulnerability: 'CVE-2', status: 'not_affected', justification: null, products: ['pkg:npm/b@2'] },
    ])
    expect(report.schema).toMatchObject({ verdict: 'invalid', problems: { length: 3 } })
  })
})

describe('finding out the format', () => {
  test('by content before name, and by --format before both', async () => {
    const junit = '<testsuite><testcase/></testsuite>'
    expect((await read(junit, { name: 'coverage.xml' })).format).toBe('junit')
    expect((await read('[]', { name: 'x.json', format: 'gitleaks' })).format).toBe('gitleaks')
  })

  test.each(['[]', '{}', 'null', 'hello', '<html></html>', '{"schema":"countersign.pull-request/v2"}'])(
    '%s is of none',
    async (text) => {
      await expect(read(text, { name: 'report' })).rejects.toMatchObject({ code: 'evidence_format_unknown' })
    },
  )

  test('a byte order mark and UTF-16 are read', async () => {
    const junit = '<testsuite><testcase/></testsuite>'
    for (const bytes of [
      Buffer.from(`\ufeff${junit}`),
      Buffer.from(`\ufeff${junit}`, 'utf16le'),
      Buffer.from(`\ufeff${junit}`, 'utf16le').swap16(),
    ])
      expect((await parseEvidence(bytes, {})).tests?.total).toBe(1)
  })
})

function readFile(name: string) {
  return parseEvidence(readFileSync(join(vectors, name)), { name })
}

function read(report: unknown, options: ReadOptions = {}) {
  return parseEvidence(Buffer.from(typeof report === 'string' ? report : JSON.stringify(report)), options)
}
