import { createHash } from 'node:crypto'
import { createEvidenceReader, type EvidenceReader } from '#domains/evidence'
import type { Figure, Line } from './figure.ts'
import { timed } from './statistics.ts'

const megabyte = 1_000_000
const wantedBytes = 5 * megabyte
const rounds = 5

/**
 * Reads generated reports of 5 MB of each kind as the intake does: in the thread that is made for it, with secrets taken out,
 * everything counted, and the answer handed back. The thread is warm; the first report of a process waits for it to start.
 */
export const evidence: Figure = {
  name: 'evidence',
  about: 'reading reports of 5 MB, by format',
  run: async (bench) => {
    const reader = createEvidenceReader()
    const lines: Line[] = []
    try {
      const first = await timed(() => reader.read(Buffer.from('<testsuite/>'), {}))
      lines.push({ what: 'first report of a process', measured: first.ms, unit: 'ms', note: 'starts the thread' })
      for (const [name, make] of Object.entries(reports)) {
        bench.say(`  ${name}`)
        lines.push(await measure(reader, name, Buffer.from(make())))
      }
    } finally {
      await reader.close()
    }
    return lines
  },
}

async function measure(reader: EvidenceReader, name: string, bytes: Uint8Array): Promise<Line> {
  await reader.read(bytes, {})
  const { ms, result } = await timed(async () => {
    for (let i = 1; i < rounds; i++) await reader.read(bytes, {})
    return reader.read(bytes, {})
  })
  const { findingCounts, tests, components, coverage } = result
  const entries = findingCounts.total || tests?.total || components?.length || coverage?.linesTotal || 0
  if (entries === 0) throw new Error(`the benchmark read nothing of ${name}`)
  const rate = (bytes.length * rounds) / megabyte / (ms / 1000)
  return { what: name, measured: rate, unit: 'MB/s', note: `${entries} entries` }
}

const reports: Readonly<Record<string, () => string>> = {
  sarif: () =>
    JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: 'Scanner' } }, results: many(result) }] }),
  junit: () => `<testsuites><testsuite name="all">${many(testCase).join('')}</testsuite></testsuites>`,
  lcov: () => many(tracefile).join(''),
  cobertura: () =>
    `<coverage line-rate="1"><packages><package><classes>${many(coveredClass).join('')}</classes></package></packages></coverage>`,
  gitleaks: () => JSON.stringify(many(leak)),
  semgrep: () => JSON.stringify({ version: '1', errors: [], results: many(match) }),
  trivy: () =>
    JSON.stringify({
      SchemaVersion: 2,
      ArtifactName: 'a',
      Results: [{ Target: 'package-lock.json', Class: 'lang-pkgs', Type: 'npm', Vulnerabilities: many(vulnerability) }],
    }),
  'cyclonedx (too long for its schema)': () =>
    JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, components: many(component) }),
  'cyclonedx (2,000 parts, schema checked)': () =>
    JSON.stringify({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      version: 1,
      components: Array.from({ length: 2000 }, (_, i) => component(i)),
    }),
  spdx: () => JSON.stringify({ spdxVersion: 'SPDX-2.3', packages: many(spdxPackage) }),
}

/** As many as make the wanted size. */
function many<T>(make: (i: number) => T): T[] {
  const size = JSON.stringify(make(0)).length + 1
  return Array.from({ length: Math.ceil(wantedBytes / size) }, (_, i) => make(i))
}

function place(i: number) {
  return {
    physicalLocation: {
      artifactLocation: { uri: `src/part-${i % 97}/file-${i % 1009}.ts` },
      region: { startLine: i % 999 },
    },
  }
}

function result(i: number) {
  const message = { text: `Finding ${i}: the value that came from ${word(i)} reaches a call that it must not reach` }
  return {
    ruleId: `rule-${i % 50}`,
    level: 'warning',
    message,
    locations: [place(i)],
    partialFingerprints: { line: word(i) },
  }
}

function testCase(i: number): string {
  const name = `<testcase classname="suite.of.class${i % 100}" name="does what it should in case ${i}" time="0.012"`
  return i % 50 === 0 ? `${name}><failure message="no">${word(i).repeat(4)}</failure></testcase>` : `${name}/>`
}

function tracefile(i: number): string {
  const lines = Array.from({ length: 60 }, (_, line) => `DA:${line + 1},${(i + line) % 7}\n`).join('')
  return `TN:\nSF:src/part/file-${i}.ts\n${lines}LF:60\nLH:50\nend_of_record\n`
}

function coveredClass(i: number): string {
  const lines = Array.from({ length: 60 }, (_, line) => `<line number="${line + 1}" hits="${(i + line) % 7}"/>`).join(
    '',
  )
  return `<class name="c${i}" filename="src/part/file-${i}.py"><methods/><lines>${lines}</lines></class>`
}

function leak(i: number) {
  const secret = word(i)
  return {
    RuleID: 'generic-api-key',
    Description: 'Generic',
    StartLine: i,
    File: `src/${i}.env`,
    Secret: secret,
    Match: `key=${secret}`,
    Commit: word(i).slice(0, 40),
    Author: 'Ada',
    Email: 'ada@example.com',
  }
}

function match(i: number) {
  return {
    check_id: `lang.rule-${i % 40}`,
    path: `src/${i % 500}.py`,
    start: { line: i, col: 1 },
    end: { line: i, col: 9 },
    extra: {
      message: `use of ${word(i)}`,
      severity: 'WARNING',
      lines: `call(${word(i)})`,
      metadata: { cwe: ['CWE-95'] },
    },
  }
}

function vulnerability(i: number) {
  return {
    VulnerabilityID: `CVE-2026-${10_000 + i}`,
    PkgName: `package-${i}`,
    InstalledVersion: '1.0.0',
    FixedVersion: '1.0.1',
    Severity: 'HIGH',
    Title: `Something is wrong ${word(i)}`,
  }
}

function component(i: number) {
  return {
    type: 'library',
    'bom-ref': `c${i}`,
    name: `package-${i}`,
    version: `1.${i}.0`,
    purl: `pkg:npm/package-${i}@1.${i}.0`,
    licenses: [{ license: { id: 'MIT' } }],
  }
}

function spdxPackage(i: number) {
  return {
    name: `package-${i}`,
    SPDXID: `SPDXRef-${i}`,
    versionInfo: `1.${i}.0`,
    licenseDeclared: 'MIT',
    downloadLocation: 'NOASSERTION',
    externalRefs: [{ referenceType: 'purl', referenceLocator: `pkg:npm/package-${i}@1.${i}.0` }],
  }
}

function word(i: number): string {
  return createHash('sha256').update(`${i}`).digest('hex')
}
