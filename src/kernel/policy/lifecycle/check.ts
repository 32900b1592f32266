import { isMap, isScalar, isSeq, parseDocument } from 'yaml'
import type { Diagnostic } from '../model.ts'
import { compilePack, type Pack } from '../pack/pack.ts'
import type { Rule } from '../pack/rule.ts'
import { openSource, type Source } from '../pack/source.ts'
import { builtInOf, type GateGround } from './ground.ts'
import { essenceOf, isWider } from './strictness.ts'

export interface Checked {
  /** Undefined when there is an error among the diagnostics. */
  readonly pack: Pack | undefined
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Checks a pack against the facts of the gate and, where the product ships a pack of this id, that what no exception may set
 * aside stays as it is: such a rule can be made stricter by its parameters, and by nothing else.
 */
export function checkPack(ground: GateGround, text: string, name: string): Checked {
  const { pack, diagnostics } = compilePack(text, { source: name, factsSchema: ground.factsSchema() })
  if (pack === undefined) return { pack: undefined, diagnostics }
  const source = openSource(name, text)
  if (pack.gate !== ground.gate)
    source.report(0, `no facts of gate \`${pack.gate}\` are known yet`, { help: `the gate is \`${ground.gate}\`` })
  const builtIn = builtInOf(ground, pack.id)
  if (builtIn !== undefined) reportWeaker(source, pack, builtIn)
  lint(source, pack)
  const all = [...diagnostics, ...source.diagnostics]
  return { pack: all.some((one) => one.severity === 'error') ? undefined : pack, diagnostics: all }
}

/** Whether a rule stays whatever an organization decides. */
export function isFixedRule(pack: Pack, rule: Rule): boolean {
  return pack.category === 'charter' || rule.exception === 'never'
}

function reportWeaker(source: Source, pack: Pack, builtIn: Pack): void {
  if (pack.category !== builtIn.category) source.report(0, `the category of \`${pack.id}\` is \`${builtIn.category}\``)
  for (const rule of builtIn.rules.filter((one) => isFixedRule(builtIn, one))) {
    const own = pack.rules.find((one) => one.id === rule.id)
    const reason = own === undefined ? 'it is missing' : whyWeaker(pack, own, builtIn, rule)
    if (reason === undefined) continue
    source.report(
      own === undefined ? 0 : offsetOfRule(source.text, own),
      `\`${rule.id}\` cannot be weakened: ${reason}`,
      {
        help: 'a rule of the charter, or that allows no exception, can only be made stricter by its parameters',
      },
    )
  }
}

function whyWeaker(pack: Pack, own: Rule, builtIn: Pack, rule: Rule): string | undefined {
  if (own.mode !== rule.mode) return `its mode is \`${rule.mode}\``
  if (own.exception !== rule.exception) return `its \`exception\` is \`${rule.exception}\``
  const [now, then] = [essenceOf(pack, own), essenceOf(builtIn, rule)]
  if (now.text !== then.text) return 'what it asks is not what the product ships'
  const wider = then.params.find((name) => {
    const [mine, theirs] = [pack.params.get(name), builtIn.params.get(name)]
    return mine === undefined || theirs === undefined || isWider(mine, theirs)
  })
  return wider === undefined ? undefined : `parameter \`${wider}\` is wider`
}

/** What works and is no good: an answer that nobody can act on. */
function lint(source: Source, pack: Pack): void {
  for (const rule of pack.rules) {
    const warn = (message: string) => source.report(offsetOfRule(source.text, rule), message, { severity: 'warning' })
    if (rule.controls.length === 0 && pack.controls.length === 0) warn(`\`${rule.id}\` names no control`)
    if (rule.remediation === undefined) warn(`\`${rule.id}\` does not say what to do`)
  }
}

function offsetOfRule(text: string, { id }: Rule): number {
  const own = id.slice(id.indexOf('.') + 1)
  const rules = parseDocument(text, { prettyErrors: false }).getIn(['spec', 'rules'])
  const found = isSeq(rules)
    ? rules.items.find((one) => isMap(one) && isScalar(one.get('id', true)) && one.get('id') === own)
    : undefined
  return isMap(found) ? (found.range?.[0] ?? 0) : 0
}
