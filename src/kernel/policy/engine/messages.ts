import type { CedarInput, CompiledCedar } from '../cedar/compile.ts'
import type { Answer } from '../evaluate/decide.ts'
import type { FromRunner } from '../opa-bundle/messages.ts'
import type { TestReport } from '../pack-tests/report.ts'
import type { TestInput } from '../pack-tests/run-here.ts'

/**
 * What a thread is started for: to answer questions or to run bundles of OPA until it is ended, to compile one text, or to run
 * the tests of one pack.
 */
export type ThreadData =
  | { readonly task: 'answer' | 'run-bundles' }
  | { readonly task: 'compile'; readonly input: CedarInput }
  | { readonly task: 'test'; readonly input: TestInput }

/** Rules and policies that judge facts, or policies alone that say who may do what. */
export type SetKind = 'rules' | 'access'

export type ToThread =
  | { readonly kind: 'load'; readonly revision: string; readonly snapshot: string; readonly of: SetKind }
  | { readonly kind: 'unload'; readonly revision: string }
  | { readonly kind: 'ask'; readonly revision: string; readonly questions: readonly string[] }
  | { readonly kind: 'probe' }

export type FromThread =
  | { readonly kind: 'ready'; readonly cedar: string }
  | { readonly kind: 'loaded'; readonly revision: string; readonly error: string | undefined }
  /** One for each question, in their order. */
  | {
      readonly kind: 'answered'
      readonly answer: Answer
      readonly forgotten: { readonly rules: number; readonly authorizations: number }
    }
  | { readonly kind: 'probed'; readonly isWell: boolean }
  | { readonly kind: 'compiled'; readonly compiled: CompiledCedar }
  | { readonly kind: 'tested'; readonly report: TestReport }
  | FromRunner
