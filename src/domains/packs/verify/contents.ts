import { fromBase64, sha256, toBase64, toHex, utf8, verifyCommitment } from '#kernel/ledger/core'
import { type Json, parseStrict } from '#platform/canonical-json.ts'
import { Disclosure, indexOf, MEMBER, memberKind } from '../pack-format.ts'
import { readEntry } from './entries.ts'
import { anyJson, type Examination, readJson, reasonOf } from './examination.ts'
import { resolve } from './pointer.ts'

/** Each piece of evidence against the digest that is its name. */
export async function checkEvidence({ zip, found }: Examination): Promise<string> {
  const names = zip.names.filter((name) => memberKind(name) === 'evidence')
  for (const name of names) {
    if (`evidence/${toHex(sha256(await zip.readUnchecked(name)))}` === name) continue
    found({ code: 'evidence_changed', member: name, message: 'its digest is not its name' })
  }
  return names.length === 0
    ? 'the pack carries none'
    : `each file has the digest that is its name (files: ${names.length})`
}

/** Each opened value against the commitment in its record. */
export async function checkDisclosures(examination: Examination): Promise<string | undefined> {
  const names = examination.zip.names.filter((name) => memberKind(name) === 'disclosure')
  if (names.length === 0) return 'the pack opens no values'
  if (examination.manifest === undefined || examination.checkpoint === undefined) return undefined
  let opened = 0
  for (const name of names) {
    const disclosure = await readJson(examination, name, Disclosure)
    if (disclosure !== undefined) opened += await checkDisclosure(examination, name, disclosure)
  }
  return `what was opened is what the records commit to (values: ${opened})`
}

async function checkDisclosure(examination: Examination, member: string, disclosure: Disclosure): Promise<number> {
  const { index } = disclosure
  const wrong = (message: string) => {
    examination.found({ code: 'disclosure_wrong', member, index, message })
    return 0
  }
  if (index !== indexOf(member)) return wrong('it is of another record than its name says')
  const entry = await readEntry(examination, index)
  if (entry === undefined) return wrong('the pack does not carry its record')
  const record = recordOf(entry)
  if (record === undefined) return wrong('its record cannot be read')
  if (resolve(record, '/id') !== disclosure.id) return wrong('its record has another id')
  for (const { pointer, field, salt, value } of disclosure.opened) {
    const commitment = resolve(record, pointer)
    const saltBytes = fromBase64(salt)
    const holds =
      typeof commitment === 'string' &&
      saltBytes?.length === 32 &&
      verifyCommitment(commitment, saltBytes, field, utf8(value))
    if (!holds) return wrong(`the value at \`${pointer}\` is not the one that the record commits to`)
  }
  return disclosure.opened.length
}

function recordOf(entry: Uint8Array): Json | undefined {
  try {
    return resolve(parseStrict(entry, { maxBytes: 65_535, maxDepth: 64 }), '/p')
  } catch (error) {
    reasonOf(error)
    return undefined
  }
}

/** The report against the checkpoint: it must be about this log, at this size. */
export async function checkReport(examination: Examination): Promise<string | undefined> {
  const { checkpoint, manifest, found } = examination
  const report = await readJson(examination, MEMBER.report, anyJson)
  if (report === undefined || checkpoint === undefined || manifest === undefined) return undefined
  const fault = (message: string) => found({ code: 'report_wrong', member: MEMBER.report, message })
  if (resolve(report, '/schema') !== 'countersign.report/v1') fault('it is not a report of version 1')
  if (resolve(report, '/ledger/origin') !== manifest.origin) fault('it is about another log')
  if (resolve(report, '/ledger/size') !== checkpoint.size) fault('it was made at another size of the log')
  if (resolve(report, '/ledger/root') !== toBase64(checkpoint.root))
    fault('it was made from another history of the log')
  return `the report is of this log at size ${checkpoint.size}, with the root that was signed`
}
