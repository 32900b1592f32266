import { canonicalize, type Json } from '#platform/canonical-json.ts'
import { noAnswer } from './cedar/answer.ts'
import { digestOf } from './digest.ts'
import type { Verdict } from './model.ts'

/** RFC 8785 JSON of what must replay byte for byte: all of the verdict, which holds no time, no id and no latency. */
export function verdictBytes({ authorization, rules, ...rest }: Verdict): string {
  const outer = canonicalize({ ...rest, authorization: hole, rules: hole })
  const parts = [textOf(authorization), `[${rules.map(textOf).join(',')}]`]
  // members are in ascending order, so the first hole is that of the authorization
  return outer.replaceAll(`"${hole}"`, () => parts.shift() ?? '')
}

/** No digest, decision or error is this; engines' errors are words of ours. */
const hole = '\uE000'

/** The engine gives the same answer to the same question as the same object, and most changes of a history are alike. */
const texts = new WeakMap<object, string>()

function textOf(value: object): string {
  const known = texts.get(value)
  if (known !== undefined) return known
  const text = canonicalize(value as Json)
  texts.set(value, text)
  return text
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
