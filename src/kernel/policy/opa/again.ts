import { canonicalize, type Json } from '#platform/canonical-json.ts'
import { type BundleRunner, type KeptBundle, runnerName } from '../opa-bundle/runner.ts'
import type { BoundAnswer } from './answer.ts'
import { askBundle } from './ask.ts'

/** How what bound engines said of a question stands now. */
export type Again =
  /** Each says the same again, byte for byte. */
  | { readonly kind: 'same' }
  /** One says something else. */
  | { readonly kind: 'differs'; readonly reason: string }
  /** One cannot be asked again; what it said then is taken as it is. */
  | { readonly kind: 'taken'; readonly reason: string }

/** Asks the bundles that took part in a decision again. An OPA elsewhere is not asked: it says what it thinks today. */
export async function askAgain(
  runner: BundleRunner,
  bundleOf: (digest: string) => KeptBundle | undefined,
  facts: Json,
  answers: readonly BoundAnswer[],
): Promise<Again> {
  const input = canonicalize(facts)
  let taken: string | undefined
  for (const answer of answers) {
    const again = await oneAgain(runner, bundleOf, input, answer)
    if (again.kind === 'differs') return again
    if (again.kind === 'taken') taken ??= again.reason
  }
  return taken === undefined ? { kind: 'same' } : { kind: 'taken', reason: taken }
}

async function oneAgain(
  runner: BundleRunner,
  bundleOf: (digest: string) => KeptBundle | undefined,
  input: string,
  answer: BoundAnswer,
): Promise<Again> {
  const { engine, digest, path, error } = answer
  const taken = (why: string): Again => ({
    kind: 'taken',
    reason: `what \`${engine}\` said was taken as recorded: ${why}`,
  })
  if (digest === null) return taken('it is an OPA elsewhere, which cannot be asked the same again')
  if (error !== null) return taken('it gave no answer then')
  if (answer.runner !== runnerName) return taken(`it was run by ${answer.runner}, and this is ${runnerName}`)
  const bundle = bundleOf(digest)
  if (bundle === undefined || (await bundle.bytes()) === undefined) return taken('its bundle is not here')
  const now = await askBundle(runner, bundle, path, input)
  if (now.error !== null) return taken(`it gives no answer now: ${now.error}`)
  const { isAllowed, violations } = answer
  const isSame =
    canonicalize({ isAllowed, violations }) === canonicalize({ isAllowed: now.isAllowed, violations: now.violations })
  return isSame ? { kind: 'same' } : { kind: 'differs', reason: `the bundle of \`${engine}\` says something else` }
}
