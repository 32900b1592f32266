import type { ParsedEvidence, ReadOptions } from '../parsed.ts'

export interface Question {
  readonly bytes: Uint8Array
  readonly options: ReadOptions
}

export type Answer =
  | { readonly evidence: ParsedEvidence }
  /** A declared error, by its code and facts: errors themselves do not travel between threads whole. */
  | { readonly refused: { readonly code: string; readonly facts: Readonly<Record<string, unknown>> } }
