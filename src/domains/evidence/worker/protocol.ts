import type { ReadOptions } from '../parsed.ts'

export interface Question {
  readonly bytes: Uint8Array
  readonly options: ReadOptions
}

export type Answer =
  /** The report as JSON text: a coverage of many lines crosses between threads in half the time that way. */
  | { readonly report: string; readonly stored: Uint8Array }
  /** A declared error, by its code and facts: errors themselves do not travel between threads whole. */
  | { readonly refused: { readonly code: string; readonly facts: Readonly<Record<string, unknown>> } }
