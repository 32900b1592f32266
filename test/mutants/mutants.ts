export interface Mutant {
  readonly name: string
  /** What it breaks, as a sentence for the printed list. */
  readonly breaks: string
  readonly file: string
  readonly find: string
  readonly replace: string
  /** The test file that must turn red. */
  readonly killedBy: string
}

/** The faults that the ledger's tests must catch. */
export const mutants: readonly Mutant[] = []
