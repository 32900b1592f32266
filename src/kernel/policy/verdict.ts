import { canonicalize, type Json } from '#platform/canonical-json.ts'
import { noAnswer } from './cedar/answer.ts'
import { digestOf } from './digest.ts'
import type { Verdict } from './model.ts'

/** RFC 8785 JSON of what must replay byte for byte: all of the verdict, which holds no time, no id and no latency. */
export function verdictBytes(verdict: Verdict): string {
  return canonicalize(verdict as unknown as Json)
}

/** `sha256:…` of the bytes of a verdict. */
export function verdictDigest(verdict: Verdict): string {
  return digestOf(verdictBytes(verdict))
}

/** The verdict on a question that was not answered: it denies, and is never replayed to the same. */
export function unanswered(revision: string, factsDigest: string, error: string): Verdict {
  return {
    decision: 'deny',
    result: 'error',
    rules: [],
    authorization: noAnswer,
    revision,
    factsDigest,
    errors: [error],
  }
}
