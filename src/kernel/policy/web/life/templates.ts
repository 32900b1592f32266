import type { Pack } from './words.tsx'

/** The text of a first version of a pack, with one rule that shows how they are written. Strings of JSON are strings of YAML. */
export function firstText({ id, title, owner, category }: Pack, version: string): string {
  return `apiVersion: countersign.dev/v1
kind: GatePolicy
metadata:
  id: ${id}
  title: ${JSON.stringify(title)}
  owner: ${JSON.stringify(owner)}
  version: ${version}
  category: ${category}
  controls: [SOC2:CC8.1]
spec:
  gate: merge
  mode: enforce
  rules:
    - id: tested
      title: Code comes with a test
      severity: medium
      owner: author
      when: change.sourceLines > 0
      require: change.touchesTests
      message: "'no test is touched by ' + change.head"
      remediation: Write a test.
`
}

export const firstTests = `apiVersion: countersign.dev/v1
kind: PolicyTest
fixture: example
cases:
  - name: a change with a test passes
    expect: { tested: pass }
  - name: a change without one fails
    patch: { change: { touchesTests: false, sourceLines: 12 } }
    expect: { tested: fail }
    message: { tested: '^no test is touched by ' }
`

/** A text of one number under another one; as it is where it does not name its number in one place that can be seen. */
export function withNumber(text: string, before: string, after: string): string {
  const escaped = before.replaceAll(/[.+*?^$()[\]{}|\\]/g, '\\$&')
  return text.replace(new RegExp(`(\\bversion:\\s*["']?)${escaped}(?![\\w.-])`), `$1${after}`)
}

/** The number after this one, for a change that breaks nothing; empty where there is none. */
export function nextNumber(version: string | undefined): string {
  const [, major, minor] = /^(\d+)\.(\d+)\.\d+/.exec(version ?? '') ?? []
  return major === undefined ? '1.0.0' : `${major}.${Number(minor) + 1}.0`
}
