import { at, listAt, numberAt, objectAt, textAt } from '../reading/json.ts'
import type { Reading } from '../reading/reading.ts'
import { severityOfWord } from '../reading/severity.ts'
import type { JsonFormat } from './format.ts'

/**
 * `npm audit --json` of npm 7 and newer. Of a package that has advisories each is a finding; a package that only depends on
 * such a one is one finding. Where each has one advisory this gives the total that npm states.
 */
export const npmAudit: JsonFormat = {
  name: 'npm-audit',
  title: 'npm audit JSON',
  about: 'known vulnerabilities of npm dependencies, of npm 7 and newer',
  names: /npm-?audit.*\.json$/i,
  kind: 'json',
  recognises: (doc) =>
    (numberAt(doc, 'auditReportVersion') !== undefined && objectAt(doc, 'vulnerabilities') !== undefined) ||
    /^E(NOLOCK|NOAUDIT|AUDIT)/.test(textAt(doc, 'error', 'code') ?? ''),
  read: (doc, reading) => {
    reading.tool('npm audit')
    reading.scan('sca')
    const vulnerabilities = objectAt(doc, 'vulnerabilities')
    // `{"error": …}`: the registry did not answer, or there is no lock file
    if (vulnerabilities === undefined || at(doc, 'error') !== undefined) reading.didNotRun()
    if (vulnerabilities === undefined) reading.problem('`vulnerabilities` is missing')
    for (const name of Object.keys(vulnerabilities ?? {})) readPackage(name, at(vulnerabilities, name), reading)
  },
}

function readPackage(name: string, entry: unknown, reading: Reading): void {
  const advisories = listAt(entry, 'via').filter((one) => typeof one === 'object' && one !== null)
  const fixed = objectAt(entry, 'fixAvailable')
  // the fix may be of the package that brings this one
  const fixedIn = textAt(fixed, 'name') === name ? textAt(fixed, 'version') : undefined
  const about = { name, version: undefined, ecosystem: 'npm', fixedIn }
  for (const advisory of advisories) {
    const id = /GHSA(-[0-9a-z]{4}){3}/.exec(textAt(advisory, 'url') ?? '')?.[0]
    const source = numberAt(advisory, 'source')
    const ruleId = id ?? (source === undefined ? 'advisory' : `npm-${source}`)
    reading.finding({
      ruleId,
      class: 'sca',
      severity: severityOfWord(textAt(advisory, 'severity')),
      title: textAt(advisory, 'title'),
      path: null,
      line: undefined,
      vulnerability: ruleId,
      package: about,
    })
  }
  if (advisories.length > 0) return
  const causes = listAt(entry, 'via').map(String).slice(0, 5)
  reading.finding({
    ruleId: 'vulnerable-dependency',
    class: 'sca',
    severity: severityOfWord(textAt(entry, 'severity')),
    title: `${name} depends on vulnerable versions of ${causes.join(', ')}`,
    path: null,
    line: undefined,
    package: about,
  })
}
