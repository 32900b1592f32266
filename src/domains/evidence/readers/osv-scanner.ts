import { at, type Doc, listAt, objectAt, textAt } from '../reading/json.ts'
import { repositoryPath } from '../reading/paths.ts'
import type { Reading } from '../reading/reading.ts'
import { severityOfScore, severityOfWord } from '../reading/severity.ts'
import type { JsonFormat } from './format.ts'

/** `osv-scanner --format json`. Vulnerabilities that are one under several names (a group) are one finding. */
export const osvScanner: JsonFormat = {
  name: 'osv-scanner',
  title: 'OSV-Scanner JSON',
  about: 'known vulnerabilities of dependencies, of OSV-Scanner',
  names: /osv.*\.json$/i,
  kind: 'json',
  recognises: (doc) =>
    Array.isArray(at(doc, 'results')) &&
    (objectAt(doc, 'experimental_config') !== undefined || Array.isArray(at(doc, 'results', 0, 'packages'))),
  read: (doc, reading) => {
    reading.tool('osv-scanner')
    reading.scan('sca')
    if (!Array.isArray(at(doc, 'results'))) {
      reading.problem('`results` is missing')
      reading.didNotRun()
    }
    for (const result of listAt(doc, 'results')) {
      const path = repositoryPath(textAt(result, 'source', 'path'), reading.roots)
      for (const one of listAt(result, 'packages')) readPackage(one, path, reading)
    }
  },
}

function readPackage(one: unknown, path: string | null, reading: Reading): void {
  const vulnerabilities = listAt(one, 'vulnerabilities')
  const groups = listAt(one, 'groups').map((group) => ({ ids: listAt(group, 'ids').map(String), group }))
  const listed =
    groups.length > 0 ? groups : vulnerabilities.map((each) => ({ ids: [textAt(each, 'id') ?? ''], group: {} }))
  for (const { ids, group } of listed) {
    const known = vulnerabilities.find((each) => ids.includes(textAt(each, 'id') ?? ''))
    const id = ids.find((each) => each.startsWith('CVE-')) ?? ids[0]
    const name = textAt(one, 'package', 'name') ?? ''
    reading.finding({
      ruleId: id,
      class: 'sca',
      severity:
        severityOfScore(textAt(group, 'max_severity')) ??
        severityOfWord(textAt(known, 'database_specific', 'severity')),
      title: textAt(known, 'summary') ?? id,
      path,
      line: undefined,
      vulnerability: id,
      package: {
        name,
        version: textAt(one, 'package', 'version'),
        ecosystem: textAt(one, 'package', 'ecosystem'),
        fixedIn: fixedIn(objectAt(known), name),
      },
    })
  }
  readLicenses(one, path, reading)
}

/** The first version that is stated to be fixed; there may be one a release line. */
function fixedIn(vulnerability: Doc | undefined, name: string): string | undefined {
  return listAt(vulnerability, 'affected')
    .filter((one) => textAt(one, 'package', 'name') === name)
    .flatMap((one) => listAt(one, 'ranges'))
    .filter((one) => textAt(one, 'type') !== 'GIT')
    .flatMap((one) => listAt(one, 'events'))
    .map((one) => textAt(one, 'fixed'))
    .find((one) => one !== undefined)
}

/** Only where it was asked to look for them. */
function readLicenses(one: unknown, path: string | null, reading: Reading): void {
  const name = textAt(one, 'package', 'name') ?? ''
  if (listAt(one, 'licenses').length > 0) reading.scan('license')
  for (const license of listAt(one, 'license_violations'))
    reading.finding({
      ruleId: String(license),
      class: 'license',
      severity: 'medium',
      title: `licence ${String(license)} of ${name} is not allowed`,
      path,
      line: undefined,
      package: {
        name,
        version: textAt(one, 'package', 'version'),
        ecosystem: textAt(one, 'package', 'ecosystem'),
        fixedIn: undefined,
      },
    })
}
