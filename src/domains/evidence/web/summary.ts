import type { Operations } from '#client'
import { counted, grouped, type Item, percent, type StatusName } from '#console'

type Summary = Item<'GET /v1/evidence'>['summary']

export type Format = NonNullable<Operations['GET /v1/evidence']['query']['format']>

export const formats: Readonly<Record<Format, string>> = {
  sarif: 'SARIF',
  cyclonedx: 'CycloneDX',
  spdx: 'SPDX',
  junit: 'JUnit',
  lcov: 'LCOV',
  cobertura: 'Cobertura',
  gitleaks: 'Gitleaks',
  'npm-audit': 'npm audit',
  trivy: 'Trivy',
  semgrep: 'Semgrep',
  'osv-scanner': 'OSV-Scanner',
  openvex: 'OpenVEX',
  dsse: 'in-toto statement (DSSE)',
  sigstore: 'Sigstore bundle',
  'pull-request': 'Pull request',
  interactions: 'AI interactions',
  dependencies: 'Added dependencies',
}

export function isFormat(name: string | undefined): name is Format {
  return name !== undefined && Object.hasOwn(formats, name)
}

/** As people call it. */
export function titleOf(name: string): string {
  return isFormat(name) ? formats[name] : name
}

/** What a report says in one line: tests, findings, coverage, signature. */
export function told({ tests, findingCounts, scans, coverageTotals, signature, redactions }: Summary): string {
  const { linesHit = 0, linesTotal = 0 } = coverageTotals ?? {}
  const parts = [
    ...(tests === null
      ? []
      : [
          `${grouped(tests.passed)} of ${counted(tests.total, 'test')} passed, ${grouped(tests.failed + tests.errors)} not`,
        ]),
    ...(scans.length === 0 ? [] : [findings(findingCounts)]),
    ...(linesTotal === 0 ? [] : [`${percent(linesHit, linesTotal)} of lines covered`]),
    ...(signature === null ? [] : [`signature ${signature}`]),
    ...(redactions === 0 ? [] : [`${counted(redactions, 'secret')} taken out`]),
  ]
  return parts.join('; ')
}

function findings({ total, bySeverity }: Summary['findingCounts']): string {
  if (total === 0) return 'no findings'
  const { critical, high } = bySeverity
  return `${counted(total, 'finding')}${critical + high > 0 ? `, ${grouped(critical)} critical and ${grouped(high)} high` : ''}`
}

/** Whether the report itself can be relied on: it was made by a run that ended, in the form that its standard asks for. */
export function stateOf({ ran, schema }: Summary): readonly [status: StatusName, word: string] {
  if (!ran) return ['fail', 'its tool did not finish']
  if (schema.verdict === 'invalid') return ['fail', 'not as its schema asks']
  return schema.verdict === 'valid' ? ['pass', 'read, schema holds'] : ['pass', 'read']
}
