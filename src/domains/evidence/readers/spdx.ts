import { listAt, textAt } from '../reading/json.ts'
import type { Reading } from '../reading/reading.ts'
import type { JsonFormat } from './format.ts'

/** SPDX 2.3 JSON (2.2 has the same members). SPDX 3 is another format and is not read. */
export const spdx: JsonFormat = {
  name: 'spdx',
  title: 'SPDX 2.3 JSON',
  about: 'what a piece of software is made of (SBOM)',
  names: /\.spdx(\.json)?$/i,
  kind: 'json',
  recognises: (doc) => /^SPDX-2\./.test(textAt(doc, 'spdxVersion') ?? ''),
  read: (doc, reading) => {
    reading.version(textAt(doc, 'spdxVersion')?.slice('SPDX-'.length))
    reading.producedAt(textAt(doc, 'creationInfo', 'created'))
    const creators = listAt(doc, 'creationInfo', 'creators').map(String)
    const tool = creators.find((one) => one.startsWith('Tool: '))?.slice('Tool: '.length)
    const [, name, version] = /^(.*?)-v?(\d[^-]*|\[.*\])$/.exec(tool ?? '') ?? []
    reading.tool(name ?? tool, version)
    for (const member of ['SPDXID', 'dataLicense', 'name', 'documentNamespace'])
      if (textAt(doc, member) === undefined) reading.problem(`\`${member}\` is missing`)
    if (creators.length === 0) reading.problem('`creationInfo.creators` is missing')
    const described = new Set(describedBy(doc))
    for (const one of listAt(doc, 'packages')) readPackage(one, described, reading)
    reading.set({ components: [] })
  },
}

function readPackage(one: unknown, described: ReadonlySet<string>, reading: Reading): void {
  const purl = listAt(one, 'externalRefs').find((ref) => textAt(ref, 'referenceType') === 'purl')
  const licenses = [textAt(one, 'licenseConcluded'), textAt(one, 'licenseDeclared')]
  if (textAt(one, 'name') === undefined || textAt(one, 'SPDXID') === undefined)
    reading.problem('a package has no `name` or no `SPDXID`')
  reading.component({
    name: textAt(one, 'name'),
    version: textAt(one, 'versionInfo'),
    purl: textAt(purl, 'referenceLocator'),
    licenses: [...new Set(licenses.filter(isStated))],
  })
  if (!described.has(textAt(one, 'SPDXID') ?? '')) return
  const checksums = listAt(one, 'checksums').filter((each) => textAt(each, 'algorithm') === 'SHA256')
  for (const each of checksums) reading.artifact(textAt(each, 'checksumValue'))
}

function isStated(license: string | undefined): license is string {
  return license !== undefined && license !== 'NOASSERTION' && license !== 'NONE'
}

function describedBy(doc: unknown): string[] {
  const related = listAt(doc, 'relationships')
    .filter((one) => textAt(one, 'relationshipType') === 'DESCRIBES')
    .map((one) => textAt(one, 'relatedSpdxElement') ?? '')
  return [...listAt(doc, 'documentDescribes').map(String), ...related]
}
