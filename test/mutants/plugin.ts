import type { Plugin } from 'vite'
import { mutants } from './mutants.ts'

/**
 * Builds the product with one deliberate fault, to prove that a test sees it.
 *
 * @param name a name from `mutants.ts`; nothing is changed without one
 * @throws Error when the name is unknown or the text to change is not there exactly once: a mutant that changes nothing proves nothing
 */
export function mutations(name: string | undefined): Plugin {
  const mutant = mutants.find((one) => one.name === name)
  if (name !== undefined && mutant === undefined) throw new Error(`there is no mutant ${name}`)
  return {
    name: 'countersign-mutant',
    enforce: 'pre',
    transform(code, id) {
      if (mutant === undefined || !id.endsWith(mutant.file)) return undefined
      const parts = code.split(mutant.find)
      if (parts.length !== 2) throw new Error(`mutant ${mutant.name}: its text occurs ${parts.length - 1} times`)
      return { code: parts.join(mutant.replace), map: null }
    },
  }
}
