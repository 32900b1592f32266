import type { ParsedReport } from './model.ts'
import type { TrustRoots } from './readers/format.ts'

export interface ReadOptions {
  /** One of `evidenceFormats`; found out by content and name when it is absent. */
  readonly format?: string | undefined
  /** Name of the file, where there is one. */
  readonly name?: string | undefined
  /** Absolute folders that stand for the root of the repository, such as that of the checkout a tool ran in. */
  readonly roots?: readonly string[] | undefined
  readonly trust?: TrustRoots | undefined
}

export interface ParsedEvidence extends ParsedReport {
  /** What may be stored of the report: the bytes as they came, or without the secrets that were in them. */
  readonly stored: Uint8Array
}
