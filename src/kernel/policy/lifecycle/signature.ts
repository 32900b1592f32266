import { createHash, randomBytes } from 'node:crypto'
import { dssePae, seedToPem, signerFromPem, spkiOf, toBase64, utf8 } from '#kernel/ledger'
import { canonicalize } from '#platform/canonical-json.ts'
import { secretFile } from '#platform/secret-file.ts'

const payloadType = 'application/vnd.in-toto+json'

interface Signed {
  /** DSSE. */
  readonly envelope: Record<string, unknown>
  readonly keyId: string
  readonly signature: string
  readonly textDigest: string
  readonly testsDigest: string
}

export interface Publishable {
  readonly packId: string
  readonly version: string
  readonly digest: string
  readonly text: string
  readonly tests: string
  readonly publishedAt: string
}

/** The key that signs policies and nothing else. */
async function policySigner(keysFolder: string) {
  return signerFromPem(await secretFile(keysFolder, 'policy.pem', () => seedToPem(randomBytes(32))))
}

/** SPKI, base64. */
export async function policyPublicKey(keysFolder: string): Promise<string> {
  return toBase64(spkiOf((await policySigner(keysFolder)).publicKey))
}

/** Signs a version: DSSE around an in-toto statement whose subjects are the texts of pack and tests. */
export async function signVersion(keysFolder: string, one: Publishable): Promise<Signed> {
  const signer = await policySigner(keysFolder)
  const [pack, tests] = [sha256(one.text), sha256(one.tests)]
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      { name: `${one.packId}.yaml`, digest: { sha256: pack } },
      { name: `${one.packId}.test.yaml`, digest: { sha256: tests } },
    ],
    predicateType: 'urn:countersign:policy:v1',
    predicate: { pack: one.packId, version: one.version, digest: one.digest, publishedAt: one.publishedAt },
  }
  const payload = utf8(canonicalize(statement))
  const signature = toBase64(await signer.sign(dssePae(payloadType, payload)))
  return {
    envelope: { payloadType, payload: toBase64(payload), signatures: [{ keyid: signer.kid, sig: signature }] },
    keyId: signer.kid,
    signature,
    textDigest: `sha256:${pack}`,
    testsDigest: `sha256:${tests}`,
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
