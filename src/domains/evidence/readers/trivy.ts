import type { ScanClass } from '../model.ts'
import { at, listAt, numberAt, textAt } from '../reading/json.ts'
import { repositoryPath } from '../reading/paths.ts'
import type { Reading } from '../reading/reading.ts'
import { redactMembers } from '../reading/redact.ts'
import { removed } from '../reading/secrets.ts'
import { severityOfWord } from '../reading/severity.ts'
import type { JsonFormat } from './format.ts'

/** `trivy --format json`, schema version 2. What was looked for is told by the classes of its results alone. */
export const trivy: JsonFormat = {
  name: 'trivy',
  title: 'Trivy JSON',
  about: 'vulnerabilities, misconfiguration, secrets and licences, of Trivy',
  names: /trivy.*\.json$/i,
  kind: 'json',
  recognises: (doc) =>
    numberAt(doc, 'SchemaVersion') !== undefined &&
    (textAt(doc, 'ArtifactName') !== undefined || at(doc, 'Results') !== undefined),
  redact: (doc) =>
    listAt(doc, 'Results')
      .flatMap((result) => listAt(result, 'Secrets'))
      .reduce<number>((sum, one) => sum + redactMembers(one, ['Match'], removed) + redactMembers(one, ['Code'], {}), 0),
  read: (doc, reading) => {
    reading.tool('trivy', textAt(doc, 'Trivy', 'Version'))
    reading.version(String(numberAt(doc, 'SchemaVersion') ?? ''))
    reading.producedAt(textAt(doc, 'CreatedAt'))
    reading.commit(textAt(doc, 'Metadata', 'Commit'))
    for (const one of listAt(doc, 'Metadata', 'RepoDigests')) reading.artifact(String(one).split('@').at(-1))
    const results = listAt(doc, 'Results')
    // without results nobody can tell what it has looked for
    if (results.length === 0) reading.didNotRun()
    if (numberAt(doc, 'SchemaVersion') !== 2) reading.problem('`SchemaVersion` is not 2')
    for (const result of results) readResult(result, reading)
  },
}

const classes: ReadonlyMap<string, ScanClass> = new Map([
  ['lang-pkgs', 'sca'],
  ['os-pkgs', 'container'],
  ['config', 'iac'],
  ['secret', 'secrets'],
  ['license', 'license'],
  ['license-file', 'license'],
])

function readResult(result: unknown, reading: Reading): void {
  const kind = classes.get(textAt(result, 'Class') ?? '')
  if (kind === undefined) reading.problem('a result has no `Class` that is known')
  else reading.scan(kind)
  const target = repositoryPath(textAt(result, 'Target'), reading.roots)
  const path = kind === 'container' ? null : target
  for (const one of listAt(result, 'Vulnerabilities')) readVulnerability(one, kind ?? 'sca', result, path, reading)
  for (const one of listAt(result, 'Misconfigurations')) readMisconfiguration(one, path, reading)
  for (const one of listAt(result, 'Secrets'))
    reading.finding({
      ruleId: textAt(one, 'RuleID'),
      class: 'secrets',
      severity: severityOfWord(textAt(one, 'Severity')),
      title: textAt(one, 'Title') ?? textAt(one, 'Category'),
      path,
      line: numberAt(one, 'StartLine'),
      mark: '',
    })
  for (const one of listAt(result, 'Licenses')) readLicense(one, path, reading)
}

function readVulnerability(
  one: unknown,
  kind: ScanClass,
  result: unknown,
  path: string | null,
  reading: Reading,
): void {
  const id = textAt(one, 'VulnerabilityID')
  reading.finding({
    ruleId: id,
    class: kind,
    severity: severityOfWord(textAt(one, 'Severity')),
    title: textAt(one, 'Title') ?? id,
    path: repositoryPath(textAt(one, 'PkgPath'), reading.roots) ?? path,
    line: undefined,
    vulnerability: id,
    package: {
      name: textAt(one, 'PkgName') ?? '',
      version: textAt(one, 'InstalledVersion'),
      ecosystem: textAt(result, 'Type'),
      fixedIn: textAt(one, 'FixedVersion'),
    },
  })
}

/** With `--include-non-failures` what is in order is listed as well. */
function readMisconfiguration(one: unknown, path: string | null, reading: Reading): void {
  const status = textAt(one, 'Status') ?? 'FAIL'
  if (status === 'PASS') {
    reading.count(1)
    return
  }
  reading.finding({
    ruleId: textAt(one, 'ID') ?? textAt(one, 'AVDID'),
    class: 'iac',
    severity: severityOfWord(textAt(one, 'Severity')),
    title: textAt(one, 'Title') ?? textAt(one, 'Message'),
    path,
    line: numberAt(one, 'CauseMetadata', 'StartLine'),
    suppressed: status === 'EXCEPTION',
  })
}

function readLicense(one: unknown, path: string | null, reading: Reading): void {
  const [name = 'unknown', of] = [textAt(one, 'Name'), textAt(one, 'PkgName')]
  reading.finding({
    ruleId: name,
    class: 'license',
    severity: severityOfWord(textAt(one, 'Severity')),
    title: of === undefined ? `licence ${name}` : `licence ${name} of ${of}`,
    path: repositoryPath(textAt(one, 'FilePath'), reading.roots) ?? path,
    line: undefined,
    ...(of === undefined
      ? {}
      : { package: { name: of, version: undefined, ecosystem: undefined, fixedIn: undefined } }),
  })
}
