import type { Pack } from '../pack/pack.ts'

/** A pack in which one comparison or conjunct was turned round. */
export interface Mutant {
  /** `<place> <offset>: <from> to <to>`, where the place is a rule with the name of its expression, or a variable. */
  readonly name: string
  /** Of the rule that was changed; null for a variable, which more than one may use. */
  readonly rule: string | null
  readonly pack: Pack
}

const flips: Readonly<Record<string, string>> = {
  '&&': '||',
  '||': '&&',
  '==': '!=',
  '!=': '==',
  '<=': '>',
  '>=': '<',
  '<': '>=',
  '>': '<=',
}

/** Texts in quotes are left alone; the longer operators come first. */
const tokens =
  /(?:r|R)?(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*')|&&|\|\||==|!=|<=|>=|<|>/g

/** Every mutant of the expressions that decide, one at a time. */
export function* mutantsOf(pack: Pack): Generator<Mutant> {
  for (const [at, [name, checked]] of pack.variables.entries()) {
    for (const one of mutations(checked.text)) {
      const variables = pack.variables.with(at, [name, { ...checked, text: one.text }])
      yield { name: `vars.${name} ${one.name}`, rule: null, pack: { ...pack, variables } }
    }
  }
  for (const [at, rule] of pack.rules.entries()) {
    for (const part of ['when', 'require'] as const) {
      const checked = rule[part]
      if (checked === undefined) continue
      for (const one of [...mutations(checked.text), negation(checked.text)]) {
        const rules = pack.rules.with(at, { ...rule, [part]: { ...checked, text: one.text } })
        yield { name: `${rule.id} ${part} ${one.name}`, rule: rule.id, pack: { ...pack, rules } }
      }
    }
  }
}

function mutations(text: string): { readonly name: string; readonly text: string }[] {
  return [...text.matchAll(tokens)].flatMap((found) => {
    const [from] = found
    const to = flips[from]
    if (to === undefined) return []
    const changed = `${text.slice(0, found.index)}${to}${text.slice(found.index + from.length)}`
    return [{ name: `${found.index}: ${from} to ${to}`, text: changed }]
  })
}

function negation(text: string): { readonly name: string; readonly text: string } {
  return { name: '0: negated', text: `!(${text})` }
}
