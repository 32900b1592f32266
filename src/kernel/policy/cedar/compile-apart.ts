import { listen, startPolicyThread } from '../engine/start-thread.ts'
import { openSource } from '../pack/source.ts'
import type { CompiledCedar } from './compile.ts'

const compileTimeoutMs = 30_000

/**
 * Parses and strictly validates Cedar policies in a thread of its own that is thrown away, so that a text that breaks the
 * parser breaks nothing else. Every policy needs `@id` and `@title`, a forbid `@reason` and `@severity` as well; a policy that
 * can never apply is an error.
 */
export async function compileCedar(
  text: string,
  options: { readonly source: string; readonly schema: string; readonly withParts?: boolean },
): Promise<CompiledCedar> {
  const worker = startPolicyThread({ task: 'compile', input: { text, ...options } })
  const compiled = await new Promise<CompiledCedar>((resolve) => {
    const fail = (message: string) => resolve({ diagnostics: complaint(options.source, text, message) })
    const timer = setTimeout(() => fail('the policies took too long to compile'), compileTimeoutMs)
    const take = (result: CompiledCedar) => {
      clearTimeout(timer)
      resolve(result)
    }
    listen(
      worker,
      (message) => {
        if (message.kind === 'compiled') take(message.compiled)
      },
      (reason) => take({ diagnostics: complaint(options.source, text, `the policies broke the parser: ${reason}`) }),
    )
  })
  await worker.terminate()
  return compiled
}

function complaint(name: string, text: string, message: string) {
  const source = openSource(name, text)
  source.report(0, message)
  return source.diagnostics
}
