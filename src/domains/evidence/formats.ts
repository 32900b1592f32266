import { EvidenceFormatUnknown } from './errors.ts'
import { cobertura } from './readers/cobertura.ts'
import { cyclonedx } from './readers/cyclonedx.ts'
import { dsse } from './readers/dsse.ts'
import type { EvidenceFormat } from './readers/format.ts'
import { gitleaks } from './readers/gitleaks.ts'
import { junit } from './readers/junit.ts'
import { lcov } from './readers/lcov.ts'
import { npmAudit } from './readers/npm-audit.ts'
import { openvex } from './readers/openvex.ts'
import { osvScanner } from './readers/osv-scanner.ts'
import { dependencies, interactions, pullRequest } from './readers/own.ts'
import { sarif } from './readers/sarif.ts'
import { semgrep } from './readers/semgrep.ts'
import { sigstore } from './readers/sigstore.ts'
import { spdx } from './readers/spdx.ts'
import { trivy } from './readers/trivy.ts'

/** Every format that is read, by its name. To add one: a file in `readers/`, a line here, its rows in `readers.test.ts`. */
const byName = {
  sarif,
  cyclonedx,
  spdx,
  junit,
  lcov,
  cobertura,
  gitleaks,
  'npm-audit': npmAudit,
  trivy,
  semgrep,
  'osv-scanner': osvScanner,
  openvex,
  dsse,
  sigstore,
  'pull-request': pullRequest,
  interactions,
  dependencies,
} satisfies Record<string, EvidenceFormat>

export type Format = keyof typeof byName
export const evidenceFormats = Object.keys(byName) as Format[]

/** In the order in which they are asked. */
const formats: readonly EvidenceFormat[] = Object.values(byName)

export function evidenceTitles(): { name: string; title: string; about: string }[] {
  return formats.map(({ name, title, about }) => ({ name, title, about }))
}

export function findFormat(name: string): EvidenceFormat | undefined {
  return formats.find((one) => one.name === name)
}

/** What is known of a file before it is read for good. */
export interface Sighted {
  readonly text: string
  /** The JSON value; undefined when the text is none. */
  readonly doc: () => unknown
  readonly name: string | undefined
}

/**
 * The format of a report: by its content, and where that says nothing (`[]` is a report of several tools) by its name.
 *
 * @throws EvidenceFormatUnknown
 */
export function detectFormat({ text, doc, name }: Sighted): EvidenceFormat {
  const start = text.slice(0, 4096)
  const looksLikeJson = /^\s*[[{]/.test(start) || /^\s*null\s*$/.test(start)
  const value = looksLikeJson ? doc() : undefined
  const byContent = formats.find((one) => {
    if (one.kind === 'text') return !looksLikeJson && one.recognises(start)
    return value !== undefined && one.recognises(value)
  })
  const file = name?.split(/[/\\]/).at(-1) ?? ''
  const named = formats.find((one) => (one.kind === 'json') === looksLikeJson && one.names.test(file))
  const found = byContent ?? named
  if (found === undefined) throw EvidenceFormatUnknown({})
  return found
}
