import { type Doc, listAt, numberAt, objectAt, textAt } from '../reading/json.ts'
import type { Reading } from '../reading/reading.ts'
import { severityOfScore, severityOfWord } from '../reading/severity.ts'
import { cyclonedxProblems } from './cyclonedx-schema.ts'
import type { JsonFormat } from './format.ts'

/** CycloneDX JSON 1.4 to 1.7, checked with the schemas that OWASP publishes. */
export const cyclonedx: JsonFormat = {
  name: 'cyclonedx',
  title: 'CycloneDX 1.4 to 1.7 JSON',
  about: 'what a piece of software is made of (SBOM), and vulnerabilities of it',
  names: /(\.cdx|bom)\.json$/i,
  kind: 'json',
  recognises: (doc) => textAt(doc, 'bomFormat') === 'CycloneDX',
  read: async (doc, reading) => {
    const version = textAt(doc, 'specVersion')
    reading.version(version)
    const problems = await cyclonedxProblems(doc, version)
    for (const one of problems ?? []) reading.problem(one)
    if (problems !== undefined) reading.checked()
    reading.producedAt(textAt(doc, 'metadata', 'timestamp'))
    // a list until 1.4, an object with components since 1.5
    const tool = objectAt(doc, 'metadata', 'tools', 0) ?? objectAt(doc, 'metadata', 'tools', 'components', 0)
    reading.tool(textAt(tool, 'name'), textAt(tool, 'version'))
    readSubject(objectAt(doc, 'metadata', 'component'), reading)
    readComponents(listAt(doc, 'components'), reading)
    reading.set({ components: [] })
    readVulnerabilities(doc, reading)
  },
}

function readSubject(component: Doc | undefined, reading: Reading): void {
  for (const hash of listAt(component, 'hashes'))
    if (textAt(hash, 'alg') === 'SHA-256') reading.artifact(textAt(hash, 'content'))
  for (const commit of listAt(component, 'pedigree', 'commits')) reading.commit(textAt(commit, 'uid'))
}

/** Components may hold components. Depth is bounded by that of the report. */
function readComponents(components: readonly unknown[], reading: Reading): void {
  for (const one of components) {
    const group = textAt(one, 'group')
    const name = textAt(one, 'name')
    reading.component({
      name: group === undefined || name === undefined ? name : `${group}/${name}`,
      version: textAt(one, 'version'),
      purl: textAt(one, 'purl'),
      licenses: listAt(one, 'licenses').flatMap(licenseOf),
    })
    readComponents(listAt(one, 'components'), reading)
  }
}

function licenseOf(choice: unknown): string[] {
  const stated = textAt(choice, 'expression') ?? textAt(choice, 'license', 'id') ?? textAt(choice, 'license', 'name')
  return stated === undefined ? [] : [stated]
}

/** That there is no list of vulnerabilities does not mean that anybody has looked for some. */
function readVulnerabilities(doc: unknown, reading: Reading): void {
  const all = listAt(doc, 'vulnerabilities')
  if (all.length > 0) reading.scan('sca')
  const names = all.length > 0 ? namesByRef(listAt(doc, 'components'), new Map()) : new Map()
  for (const one of all) {
    const ref = textAt(one, 'affects', 0, 'ref') ?? ''
    const about = names.get(ref)
    const id = textAt(one, 'id')
    const state = textAt(one, 'analysis', 'state') ?? ''
    reading.finding({
      ruleId: id,
      class: 'sca',
      severity: severityOf(listAt(one, 'ratings')),
      title: textAt(one, 'description') ?? id,
      path: null,
      line: undefined,
      suppressed: ['not_affected', 'false_positive', 'resolved', 'resolved_with_pedigree'].includes(state),
      vulnerability: id,
      ...(about === undefined ? {} : { package: { ...about, ecosystem: ecosystemOf(about.purl), fixedIn: undefined } }),
    })
  }
}

interface Named {
  readonly name: string
  readonly version: string | undefined
  readonly purl: string | undefined
}

function namesByRef(components: readonly unknown[], names: Map<string, Named>): Map<string, Named> {
  for (const one of components) {
    const ref = textAt(one, 'bom-ref')
    const [name = '', version, purl] = [textAt(one, 'name'), textAt(one, 'version'), textAt(one, 'purl')]
    if (ref !== undefined) names.set(ref, { name, version, purl })
    namesByRef(listAt(one, 'components'), names)
  }
  return names
}

function severityOf(ratings: readonly unknown[]) {
  const stated = ratings.map((one) => textAt(one, 'severity')).find((one) => one !== undefined && one !== 'unknown')
  return stated === undefined ? (severityOfScore(numberAt(ratings[0], 'score')) ?? 'medium') : severityOfWord(stated)
}

/** `pkg:npm/…` */
function ecosystemOf(purl: string | undefined): string | undefined {
  return /^pkg:([a-z0-9.+-]+)\//i.exec(purl ?? '')?.[1]
}
