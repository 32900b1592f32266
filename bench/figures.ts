import { audit } from './audit.ts'
import { console } from './console.ts'
import { evidence } from './evidence.ts'
import type { Figure } from './figure.ts'
import { ledgerAppend } from './ledger-append.ts'
import { ledgerLatency } from './ledger-latency.ts'
import { ledgerProof } from './ledger-proof.ts'
import { ledgerSearch } from './ledger-search.ts'
import { ledgerVerify } from './ledger-verify.ts'
import { policy } from './policy.ts'
import { policyReplay } from './policy-replay.ts'
import { scim } from './scim.ts'
import { start } from './start.ts'

/** Every figure, in the order of the budgets of `docs/architecture.md`. */
export const figures: readonly Figure[] = [
  ledgerAppend,
  ledgerLatency,
  ledgerProof,
  ledgerVerify,
  ledgerSearch,
  policy,
  policyReplay,
  audit,
  evidence,
  start,
  console,
  scim,
]
