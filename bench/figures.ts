import type { Figure } from './figure.ts'
import { ledgerAppend } from './ledger-append.ts'

/** Every figure, in the order of the budgets of `docs/architecture.md`. */
export const figures: readonly Figure[] = [ledgerAppend]
