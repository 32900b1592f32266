import { toBase64 } from '#kernel/ledger/core'

/** A public key of an authenticator, ready for WebCrypto; Ed25519 as its 32 bytes. */
export type CredentialKey =
  | {
      readonly alg: 'ES256'
      readonly jwk: { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
    }
  | { readonly alg: 'RS256'; readonly jwk: { readonly kty: 'RSA'; readonly n: string; readonly e: string } }
  | { readonly alg: 'EdDSA'; readonly bytes: Uint8Array }

/**
 * A COSE key (RFC 9052 section 7) of the three kinds that passkeys have here: ES256 on P-256, RS256, EdDSA on Ed25519.
 * Undefined for anything else, torn or followed by more.
 */
export function readCoseKey(bytes: Uint8Array): CredentialKey | undefined {
  const key = readMap(bytes)
  if (key === undefined) return undefined
  const bytesAt = (label: number) => {
    const value = key.get(label)
    return value instanceof Uint8Array ? value : undefined
  }
  const [first, second, third] = [bytesAt(-1), bytesAt(-2), bytesAt(-3)]
  const kind = `${key.get(1)} ${key.get(3)}`
  if (kind === '2 -7' && key.get(-1) === 1 && second?.length === 32 && third?.length === 32)
    return { alg: 'ES256', jwk: { kty: 'EC', crv: 'P-256', x: base64url(second), y: base64url(third) } }
  if (kind === '3 -257' && first !== undefined && second !== undefined)
    return { alg: 'RS256', jwk: { kty: 'RSA', n: base64url(first), e: base64url(second) } }
  if (kind === '1 -8' && key.get(-1) === 6 && second?.length === 32) return { alg: 'EdDSA', bytes: second }
  return undefined
}

function base64url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** A CBOR map (RFC 8949) of integers to integers and byte strings: all that such a key is made of. */
function readMap(bytes: Uint8Array): Map<number, number | Uint8Array> | undefined {
  const reader = { bytes, at: 0 }
  const head = readHead(reader)
  if (head?.major !== 5 || head.value > 16) return undefined
  const map = new Map<number, number | Uint8Array>()
  for (let left = head.value; left > 0; left--) {
    const label = readItem(reader)
    const value = readItem(reader)
    if (typeof label !== 'number' || value === undefined || map.has(label)) return undefined
    map.set(label, value)
  }
  return reader.at === bytes.length ? map : undefined
}

interface Reader {
  readonly bytes: Uint8Array
  at: number
}

function readItem(reader: Reader): number | Uint8Array | undefined {
  const head = readHead(reader)
  if (head === undefined) return undefined
  if (head.major === 0) return head.value
  if (head.major === 1) return -1 - head.value
  if (head.major !== 2 || reader.at + head.value > reader.bytes.length) return undefined
  reader.at += head.value
  return reader.bytes.subarray(reader.at - head.value, reader.at)
}

/** Values to two bytes: larger ones are in no such key. */
function readHead(reader: Reader): { readonly major: number; readonly value: number } | undefined {
  const first = reader.bytes[reader.at++]
  if (first === undefined) return undefined
  const major = first >> 5
  const short = first & 0x1f
  if (short < 24) return { major, value: short }
  const width = short - 23
  if (width > 2 || reader.at + width > reader.bytes.length) return undefined
  let value = 0
  for (let i = 0; i < width; i++) value = value * 256 + (reader.bytes[reader.at++] ?? 0)
  return { major, value }
}
