import type { Reading } from '../reading/reading.ts'

interface Described {
  /** How it is named on the command line and in records. */
  readonly name: string
  readonly title: string
  /** What such reports say, and of which tools. */
  readonly about: string
  /** Usual names of such files: asked only when the content does not tell. */
  readonly names: RegExp
}

/** A format whose reports are one JSON value. */
export interface JsonFormat extends Described {
  readonly kind: 'json'
  /** Whether a value is of this format, by what it holds. */
  readonly recognises: (doc: unknown) => boolean
  /** Takes out, in place, what tools of this format quote of secrets and people; answers how many places it were. */
  readonly redact?: (doc: unknown) => number
  /**
   * Signed: nothing can be taken out of it, so a report with a secret in it is refused. It answers all texts that the
   * signature covers.
   */
  readonly signed?: (doc: unknown) => readonly string[]
  readonly read: (doc: unknown, reading: Reading, trust?: TrustRoots) => void | Promise<void>
}

/** A format whose reports are text: XML and line formats. */
export interface TextFormat extends Described {
  readonly kind: 'text'
  /** Whether a text is of this format, by how it begins (at most 4,096 characters are given). */
  readonly recognises: (start: string) => boolean
  readonly read: (text: string, reading: Reading) => void
}

export type EvidenceFormat = JsonFormat | TextFormat

/** Against whom a signed statement is verified: one of them is enough. */
export interface TrustRoots {
  readonly roots: readonly Trust[]
  /** What becomes of a statement that none of them vouches for. */
  readonly otherwise: 'refuse' | 'unverified'
}

export type Trust =
  | {
      readonly kind: 'sigstore'
      /** A `trusted_root.json` of Sigstore. */
      readonly trustedRoot: unknown
      /** The subject alternative name of the signer's certificate; the whole of it. */
      readonly identity: string
      /** Who vouched for that identity: the OpenID Connect issuer. */
      readonly issuer: string
    }
  | {
      readonly kind: 'key'
      /** PEM of a public key: Ed25519, ECDSA or RSA. */
      readonly publicKey: string
    }
