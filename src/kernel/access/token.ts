import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

const pattern = /^cst_(api|session|link|scim|agent|sts)_([A-Za-z0-9_-]{43})_([0-9a-f]{8})$/

export type TokenKind = 'api' | 'session' | 'link' | 'scim' | 'agent' | 'sts'

/** A new secret: a prefix that scanners recognise, 256 random bits, and a checksum that tells a typing mistake from a revoked token. */
export function mintToken(kind: TokenKind): string {
  const body = `cst_${kind}_${randomBytes(32).toString('base64url')}`
  return `${body}_${checksum(body)}`
}

/** The kind of a well-formed token; undefined for anything else, without asking the database. */
export function readToken(token: string): TokenKind | undefined {
  const match = pattern.exec(token)
  if (match === null) return undefined
  const end = token.lastIndexOf('_')
  return checksum(token.slice(0, end)) === match[3] ? (match[1] as TokenKind) : undefined
}

/**
 * What is stored and looked up. A plain hash is enough for 256 random bits, and looking up by it leaks nothing of the
 * token through time: an attacker cannot steer the hash of a guess.
 */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

function checksum(body: string): string {
  return crc32(body).toString(16).padStart(8, '0')
}
