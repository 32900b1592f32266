import { EvidenceSignatureWrong } from '../errors.ts'
import { at, objectAt, textAt } from '../reading/json.ts'
import type { Reading } from '../reading/reading.ts'
import type { JsonFormat, Trust } from './format.ts'
import { findSigner, payloadOf, readStatement } from './statement.ts'

/**
 * A Sigstore bundle 0.1 to 0.3, such as GitHub's artifact attestations. It is verified, without asking anybody, against the
 * trust root that the caller gives, and its signer must be the one that the caller names.
 */
export const sigstore: JsonFormat = {
  name: 'sigstore',
  title: 'Sigstore bundle 0.1 to 0.3',
  about: 'signed statements with their certificate and log entry, of cosign and artifact attestations',
  names: /\.sigstore(\.json)?$/i,
  kind: 'json',
  recognises: (doc) => /^application\/vnd\.dev\.sigstore\.bundle/.test(textAt(doc, 'mediaType') ?? ''),
  signed: (doc) =>
    objectAt(doc, 'dsseEnvelope') === undefined ? [] : [payloadOf(at(doc, 'dsseEnvelope')).toString('utf8')],
  read: async (doc, reading, trust) => {
    if (!/(;version=0\.[123]|\.v0\.3\+json)$/.test(textAt(doc, 'mediaType') ?? ''))
      reading.problem('the bundle is not of version 0.1, 0.2 or 0.3')
    const signer = await findSigner(trust, (root) => signerOf(doc, root))
    const verified = signer === null ? ('unverified' as const) : ('verified' as const)
    const stated = objectAt(doc, 'dsseEnvelope')
    const statement = stated === undefined ? readDigest(doc, reading) : readStatement(stated, reading)
    reading.set({ statement: { ...statement, verified, signer } })
  },
}

/** A signature over the bytes of an artifact: it says nothing but which. */
function readDigest(doc: unknown, reading: Reading) {
  const digest = textAt(doc, 'messageSignature', 'messageDigest', 'digest')
  const hex = Buffer.from(digest ?? '', 'base64').toString('hex')
  if (hex.length === 64) reading.artifact(hex)
  else reading.problem('the bundle names no SHA-256 digest')
  const subjects = hex.length === 64 ? [{ name: '', digests: { sha256: hex } }] : []
  return { predicateType: '', subjects }
}

/** @throws EvidenceSignatureWrong */
async function signerOf(doc: unknown, trust: Trust): Promise<string> {
  if (trust.kind !== 'sigstore')
    throw EvidenceSignatureWrong({
      reason: 'a bundle is verified with a `trusted_root.json`, an identity and an issuer',
    })
  if (objectAt(doc, 'dsseEnvelope') === undefined)
    throw EvidenceSignatureWrong({
      reason: 'a signature over an artifact is verified with the artifact, which is not here',
    })
  const { verified, identity, issuer } = await verifyBundle(doc, trust.trustedRoot)
  if (!verified) throw EvidenceSignatureWrong({ reason: 'the bundle does not verify against the trust root' })
  // compared whole: the library would take what is pinned for a pattern
  if (identity !== trust.identity)
    throw EvidenceSignatureWrong({ reason: 'the signer is not the identity that is pinned' })
  if (issuer !== trust.issuer) throw EvidenceSignatureWrong({ reason: 'the issuer is not the one that is pinned' })
  return `${identity} (${issuer})`
}

interface Verified {
  readonly verified: boolean
  readonly identity?: string | undefined
  readonly issuer?: string | undefined
}

async function verifyBundle(doc: unknown, root: unknown): Promise<Verified> {
  const [{ bundleFromJSON }, { TrustedRoot }, { toSignedEntity, toTrustMaterial, Verifier }] = await Promise.all([
    import('@sigstore/bundle'),
    import('@sigstore/protobuf-specs'),
    import('@sigstore/verify'),
  ])
  try {
    const trustedRoot = TrustedRoot.fromJSON(root)
    // who runs no log of a kind, as GitHub does for private repositories, cannot be asked for entries of it
    const verifier = new Verifier(toTrustMaterial(trustedRoot), {
      tlogThreshold: trustedRoot.tlogs.length > 0 ? 1 : 0,
      ctlogThreshold: trustedRoot.ctlogs.length > 0 ? 1 : 0,
      timestampThreshold: 1,
    })
    const { identity } = verifier.verify(toSignedEntity(bundleFromJSON(doc)))
    return { verified: true, identity: identity?.subjectAlternativeName, issuer: identity?.extensions?.issuer }
  } catch {
    // its words quote the bundle, and every failure means the same
    return { verified: false }
  }
}
