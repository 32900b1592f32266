import { createPublicKey } from 'node:crypto'
import { TrustRootWrong } from '../errors.ts'
import type { Trust } from '../readers/format.ts'
import { at, parseJson, textAt } from '../reading/json.ts'

/**
 * The trust root that a file holds: a public key in PEM, or a `trusted_root.json` of Sigstore, which needs the identity of the
 * signer and the issuer that vouches for it: without them everybody with an account there would be trusted.
 *
 * @throws TrustRootWrong
 */
export function readTrust(
  text: string,
  { identity, issuer }: { readonly identity?: string | undefined; readonly issuer?: string | undefined },
): Trust {
  if (text.trimStart().startsWith('-----BEGIN')) return { kind: 'key', publicKey: publicKeyOf(text) }
  const trustedRoot = jsonOf(text)
  if (
    !/sigstore\.trustedroot/.test(textAt(trustedRoot, 'mediaType') ?? '') ||
    !Array.isArray(at(trustedRoot, 'certificateAuthorities'))
  )
    throw TrustRootWrong({ reason: 'it is neither a public key in PEM nor a `trusted_root.json` of Sigstore' })
  if (identity === undefined || issuer === undefined)
    throw TrustRootWrong({ reason: 'a Sigstore trust root needs the identity and the issuer of the signer' })
  return { kind: 'sigstore', trustedRoot, identity, issuer }
}

/** Of a private key the public one, so that no private key is ever kept. */
function publicKeyOf(pem: string): string {
  try {
    return createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString()
  } catch (error) {
    throw TrustRootWrong({ reason: 'it is no public key in PEM' }, error)
  }
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    throw TrustRootWrong({ reason: 'it is no JSON' }, error)
  }
}
