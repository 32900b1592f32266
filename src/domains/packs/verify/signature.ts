import { dssePae, fromBase64, sha256, toHex, verifyEd25519 } from '#kernel/ledger/core'
import { Envelope, MEMBER, Statement } from '../pack-format.ts'
import { type Examination, parseJson, readJson } from './examination.ts'
import { openKey } from './keys.ts'

/** The signed statement against the manifest and the page: the one signature that covers every member. */
export async function checkSignature(examination: Examination): Promise<string | undefined> {
  const { keys, found } = examination
  const envelope = await readJson(examination, MEMBER.signature, Envelope)
  if (keys === undefined || envelope === undefined) return undefined
  const payload = fromBase64(envelope.payload)
  if (payload === undefined) {
    found({ code: 'signature_payload', member: MEMBER.signature, message: 'its payload is not base64' })
    return undefined
  }
  const signers = await verifySignatures(examination, envelope, payload)
  const statement = parseJson(examination, MEMBER.signature, payload, Statement)
  if (statement === undefined) return undefined
  await checkSubjects(examination, statement)
  checkPredicate(examination, statement)
  const what = examination.form === 'archive' ? 'the manifest and the page' : 'the manifest (a page cannot sign itself)'
  return `pack key ${signers.join(', ')} signed ${what}`
}

async function verifySignatures(
  { keys, found }: Examination,
  envelope: Envelope,
  payload: Uint8Array,
): Promise<string[]> {
  const message = dssePae(envelope.payloadType, payload)
  const signers: string[] = []
  for (const { keyid, sig } of envelope.signatures) {
    const key = keys?.packs.find((one) => one.kid === keyid)
    if (key === undefined) continue
    const publicKey = openKey(key.publicKey)
    const bytes = fromBase64(sig)
    if (publicKey !== undefined && bytes !== undefined && (await verifyEd25519(publicKey, message, bytes))) {
      signers.push(keyid)
    } else
      found({ code: 'signature_wrong', member: MEMBER.signature, message: `the signature of \`${keyid}\` is wrong` })
  }
  if (signers.length === 0) {
    found({
      code: 'signature_missing',
      member: MEMBER.signature,
      message: 'no trusted pack key has signed the manifest',
    })
  }
  return signers
}

async function checkSubjects({ zip, form, found }: Examination, statement: Statement): Promise<void> {
  const wanted: readonly string[] = form === 'archive' ? [MEMBER.page, MEMBER.manifest] : [MEMBER.manifest]
  const names = statement.subject.map(({ name }) => name)
  if (names.join() !== wanted.join()) {
    found({ code: 'signature_subjects', member: MEMBER.signature, message: `it must sign ${wanted.join(' and ')}` })
  }
  for (const { name, digest } of statement.subject) {
    if (!wanted.includes(name) || !zip.has(name)) continue
    if (toHex(sha256(await zip.readUnchecked(name))) === digest.sha256) continue
    found({ code: 'member_changed', member: name, message: 'it is not what was signed' })
  }
}

function checkPredicate({ manifest, found }: Examination, { predicate }: Statement): void {
  if (manifest === undefined) return
  const same =
    predicate.origin === manifest.origin &&
    predicate.treeSize === manifest.treeSize &&
    predicate.completeness === manifest.completeness
  if (!same) found({ code: 'signature_predicate', member: MEMBER.signature, message: 'it states another pack' })
}
