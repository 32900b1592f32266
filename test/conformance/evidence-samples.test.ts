import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createEvidenceReader, type EvidenceReader } from '#domains/evidence'

/**
 * Reports of real tools that other projects keep for their tests, with the counts that were measured when they were
 * collected. `CONFORMANCE_DATA` names the folder that holds `standards/evidence` and `standards/sigstore`.
 */
const data = join(process.env['CONFORMANCE_DATA'] ?? '/nowhere', 'standards')

function over(
  file: string,
  title: string,
  body: (bytes: Uint8Array, name: string, reader: EvidenceReader) => Promise<void>,
) {
  const path = join(data, file)
  const isAbsent = !existsSync(path)
  if (isAbsent) console.log(`NOT RUN: ${title}: CONFORMANCE_DATA names no folder with standards/${file}`)
  test.skipIf(isAbsent)(title, async () => {
    const reader = createEvidenceReader()
    await body(readFileSync(path), file.split('/').at(-1) ?? '', reader)
    await reader.close()
  })
}

const findings = [
  ['sarif-njsscan.sarif', 'sarif', true, 2, 0],
  ['sarif-suppression_test.sarif', 'sarif', true, 5, 3],
  ['sarif-taint-python-report.sarif', 'sarif', true, 11, 0],
  ['sarif-no_runs.sarif', 'sarif', false, 0, 0],
  ['sarif-gitleaks_7.5.0.sarif', 'sarif', true, 8, 0],
  ['gitleaks-gitleaks8_many.json', 'gitleaks', true, 3, 0],
  ['gitleaks-no_findings.json', 'gitleaks', true, 0, 0],
  ['semgrep-many_findings.json', 'semgrep', true, 3, 0],
  // the total that npm states in the file
  ['npm_audit_7_plus-many_vulns.json', 'npm-audit', true, 6, 0],
  ['trivy-scheme_2_no_vuln.json', 'trivy', true, 0, 0],
] as const
for (const [file, format, ran, total, suppressed] of findings)
  over(`evidence/${file}`, `${file}: ${total} findings, ${suppressed} suppressed`, async (bytes, name, reader) => {
    expect(await reader.read(bytes, { name })).toMatchObject({ format, ran, findingCounts: { total, suppressed } })
  })

const tests = [
  ['junit-junit4-complete.xml', 8, 1, 1, 1],
  ['junit-python-unittest.xml', 8, 1, 1, 2],
  ['junit-jest.xml', 6, 4, 0, 1],
  ['junit-empty.xml', 0, 0, 0, 0],
] as const
for (const [file, total, failed, errors, skipped] of tests)
  over(`evidence/${file}`, `${file}: ${total} tests`, async (bytes, name, reader) => {
    expect((await reader.read(bytes, { name })).tests).toMatchObject({ total, failed, errors, skipped })
  })

over('evidence/lcov.info', 'lcov.info: 5 files, 75 of 108 lines, 4 of 8 branches', async (bytes, name, reader) => {
  const { coverage } = await reader.read(bytes, { name })
  expect(coverage).toMatchObject({
    files: { length: 5 },
    linesTotal: 108,
    linesHit: 75,
    branchesTotal: 8,
    branchesHit: 4,
  })
})

over(
  'evidence/cobertura-2.1.1.xml',
  'cobertura-2.1.1.xml: 24 of 36 lines, 1 of 4 branches',
  async (bytes, name, reader) => {
    const { coverage } = await reader.read(bytes, { name })
    expect(coverage).toMatchObject({ linesTotal: 36, linesHit: 24, branchesTotal: 4, branchesHit: 1 })
  },
)

over('evidence/openvex-openvex_one_vuln.json', 'openvex_one_vuln: 1 statement', async (bytes, name, reader) => {
  const { vex, schema } = await reader.read(bytes, { name })
  expect(vex).toEqual([
    {
      vulnerability: 'CVE-2024-10001',
      status: 'not_affected',
      justification: 'vulnerable_code_not_present',
      products: ['pkg:apk/alpine/apk-tools@2.10.6-r0?arch=x86_64&distro=alpine-3.10.9'],
    },
  ])
  expect(schema.problems).toEqual([])
})

const identity =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main'
const issuer = 'https://token.actions.githubusercontent.com'
const custom = 'sigstore/intoto-with-custom-trust-root'

over(
  `${custom}/bundle.sigstore.json`,
  'a bundle with a trust root of its own is verified, of its signer alone',
  async (bytes, name, reader) => {
    const trustedRoot = JSON.parse(readFileSync(join(data, custom, 'trusted_root.json'), 'utf8'))
    const read = (who: string, by: string, content = bytes) =>
      reader.read(content, {
        name,
        trust: { roots: [{ kind: 'sigstore', trustedRoot, identity: who, issuer: by }], otherwise: 'refuse' },
      })
    expect((await read(identity, issuer)).statement).toMatchObject({
      verified: 'verified',
      signer: `${identity} (${issuer})`,
    })
    const refused = { code: 'evidence_signature_wrong' }
    await expect(read('.*', issuer)).rejects.toMatchObject(refused)
    await expect(read(identity, 'https://accounts.example.com')).rejects.toMatchObject(refused)
    const bundle = JSON.parse(Buffer.from(bytes).toString())
    const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString())
    statement.subject[0].digest.sha256 = 'a'.repeat(64)
    bundle.dsseEnvelope.payload = Buffer.from(JSON.stringify(statement)).toString('base64')
    await expect(read(identity, issuer, Buffer.from(JSON.stringify(bundle)))).rejects.toMatchObject(refused)
  },
)

over(
  'sigstore/happy-path-intoto-in-dsse-v3/bundle.sigstore.json',
  'a bundle of another trust root is refused',
  async (bytes, name, reader) => {
    const trustedRoot = JSON.parse(readFileSync(join(data, custom, 'trusted_root.json'), 'utf8'))
    const roots = [{ kind: 'sigstore', trustedRoot, identity, issuer }] as const
    await expect(reader.read(bytes, { name, trust: { roots, otherwise: 'refuse' } })).rejects.toMatchObject({
      code: 'evidence_signature_wrong',
    })
    const { statement } = await reader.read(bytes, { name, trust: { roots, otherwise: 'unverified' } })
    expect(statement).toMatchObject({ verified: 'unverified', signer: null })
  },
)
