export { type BuiltPack, buildPack, type EvidenceFile, type PackInput, type PackSigner } from './build/build-pack.ts'
export { type PackReplay, type ReplayedDecision, replayFromPack } from './decisions-in-pack.ts'
export { type Governed, listGoverned, type PackServices, packsModule, requestPack } from './module.ts'
export type { Disclosure, Keys } from './pack-format.ts'
export { type Governance, type MadePack, makePack } from './service.ts'

import type { PeriodPackTables } from './period/store.ts'
import type { PacksTables as WholePackTables } from './store.ts'

export type PacksTables = WholePackTables & PeriodPackTables
export { fingerprintOf } from './verify/keys.ts'
export { KeysUnreadable, PackUnreadable, runVerify, type VerifyRequest } from './verify/run-verify.ts'
export type { Check, Problem, Verdict } from './verify/verdict.ts'
