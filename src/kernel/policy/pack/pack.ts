import type { Node } from 'yaml'
import type { Checked, Names } from '../cel/check.ts'
import { digestOf } from '../digest.ts'
import { readShape, type Shape } from '../facts/shape.ts'
import type { Category, Diagnostic, Gate, JsonSchema, Mode } from '../model.ts'
import { readExpression, readWords } from './expression.ts'
import { type ParamDefinition, readParams, shapeOfParam } from './params.ts'
import { type Rule, readRule } from './rule.ts'
import { hasErrors, openSource, type Source } from './source.ts'
import { type Mapping, readList, readMapping, readText, readWord, readYaml, startOf } from './yaml.ts'

/** A pack that was parsed and checked against the schema of the facts. */
export interface Pack {
  readonly id: string
  readonly title: string
  readonly owner: string
  readonly version: string
  readonly category: Category
  readonly controls: readonly string[]
  readonly gate: Gate
  readonly params: ReadonlyMap<string, ParamDefinition>
  /** In the order in which they may use each other. */
  readonly variables: readonly (readonly [string, Checked])[]
  readonly rules: readonly Rule[]
  readonly text: string
  readonly digest: string
  readonly factsSchema: JsonSchema
}

const packCharactersMax = 262_144
const rulesMax = 200
const variablesMax = 100
const idForm = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
const nameForm = /^[a-zA-Z][a-zA-Z0-9_]{0,63}$/

/**
 * Reads a pack and checks it against the schema of the facts. With an error among the diagnostics there is no pack.
 *
 * @throws Error when the schema itself cannot be used
 */
export function compilePack(
  text: string,
  options: { readonly source: string; readonly factsSchema: JsonSchema },
): { readonly pack?: Pack; readonly diagnostics: Diagnostic[] } {
  const facts = readShape(options.factsSchema)
  const source = openSource(options.source, text)
  if (text.length > packCharactersMax) source.report(0, `the pack is longer than ${packCharactersMax} characters`)
  const root = hasErrors(source) ? undefined : readYaml(source)
  const pack = root === undefined ? undefined : readPack(source, root, facts, options.factsSchema)
  if (pack === undefined && !hasErrors(source)) source.report(0, 'the pack is empty')
  return hasErrors(source) || pack === undefined
    ? { diagnostics: source.diagnostics }
    : { pack, diagnostics: source.diagnostics }
}

function readPack(source: Source, root: Node, facts: Shape, factsSchema: JsonSchema): Pack | undefined {
  const top = readMapping(source, root, 'the pack')
  if (top === undefined) return undefined
  readWord(source, top.take('apiVersion', 'required'), '`apiVersion`', ['countersign.dev/v1'])
  readWord(source, top.take('kind', 'required'), '`kind`', ['GatePolicy'])
  const about = readMetadata(source, top)
  const spec = readMapping(source, top.take('spec', 'required'), '`spec`')
  top.finish()
  if (about === undefined || spec === undefined) return undefined
  const gate = readWord<Gate>(source, spec.take('gate', 'required'), '`gate`', ['merge', 'deploy'])
  const mode =
    readWord<Mode>(source, spec.take('mode', 'optional'), '`mode`', ['audit', 'warn', 'enforce']) ?? 'enforce'
  const params = readParams(source, spec.take('params', 'optional'))
  const shapes = new Map([...params].map(([name, one]) => [name, shapeOfParam(one)]))
  const names = { facts, params: shapes }
  const variables = readVariables(source, spec.take('variables', 'optional'), names)
  const known: Names = { ...names, vars: new Map(variables.map(({ name, checked }) => [name, checked])) }
  const rules = readList(source, spec.take('rules', 'required'), '`rules`', rulesMax).flatMap((node) => {
    const rule = readRule(source, node, { packId: about.id, mode, names: known })
    return rule === undefined ? [] : [rule]
  })
  spec.finish()
  if (hasErrors(source)) return undefined
  if (rules.length === 0) source.report(spec.offset, 'the pack has no rule')
  reportRepeated(
    source,
    rules.map((one) => one.rule.id),
    rules.map((one) => one.offset),
  )
  reportUnused(source, { variables, params, rules: rules.flatMap((one) => one.expressions) })
  if (gate === undefined || hasErrors(source)) return undefined
  return {
    ...about,
    gate,
    params,
    variables: variables.map(({ name, checked }) => [name, checked] as const),
    rules: rules.map((one) => one.rule),
    text: source.text,
    digest: digestOf(source.text),
    factsSchema,
  }
}

function readMetadata(source: Source, top: Mapping) {
  const metadata = readMapping(source, top.take('metadata', 'required'), '`metadata`')
  if (metadata === undefined) return undefined
  const idNode = metadata.take('id', 'required')
  const id = readText(source, idNode, '`id`', 64)?.value ?? ''
  if (id !== '' && !idForm.test(id))
    source.report(startOf(idNode), '`id` is made of small letters, digits and single dashes')
  const text = (key: string, need: 'required' | 'optional') =>
    readText(source, metadata.take(key, need), `\`${key}\``, 200)?.value
  const about = {
    id,
    title: text('title', 'required') ?? '',
    owner: text('owner', 'required') ?? '',
    version: text('version', 'optional') ?? '0.0.0',
    category:
      readWord<Category>(source, metadata.take('category', 'optional'), '`category`', categories) ??
      ('compliance' as const),
    controls: readWords(source, metadata.take('controls', 'optional'), '`controls`'),
  }
  metadata.finish()
  return about
}

const categories = ['security', 'quality', 'compliance', 'charter'] as const

interface Variable {
  readonly name: string
  readonly offset: number
  readonly checked: Checked
}

function readVariables(source: Source, node: Node | undefined, names: Omit<Names, 'vars'>): Variable[] {
  const variables: Variable[] = []
  for (const one of readList(source, node, '`variables`', variablesMax)) {
    const mapping = readMapping(source, one, 'a variable')
    if (mapping === undefined) continue
    const nameNode = mapping.take('name', 'required')
    const name = readText(source, nameNode, 'the name of a variable', 64)?.value ?? ''
    if (name !== '' && !nameForm.test(name)) source.report(startOf(nameNode), `\`${name}\` is not a name`)
    if (variables.some((other) => other.name === name))
      source.report(startOf(nameNode), `there are two variables \`${name}\``)
    const vars = new Map(variables.map((other) => [other.name, other.checked]))
    const checked = readExpression(source, mapping.take('expression', 'required'), `variable \`${name}\``, {
      ...names,
      vars,
    })
    mapping.finish()
    if (checked !== undefined) variables.push({ name, offset: startOf(nameNode), checked })
  }
  return variables
}

function reportRepeated(source: Source, ids: readonly string[], offsets: readonly number[]): void {
  for (const [i, id] of ids.entries()) {
    if (ids.indexOf(id) !== i) source.report(offsets[i] ?? 0, `there are two rules \`${id}\``)
  }
}

/** What is declared and never used is a rule that somebody believes in and nobody asks. */
function reportUnused(
  source: Source,
  pack: {
    readonly variables: readonly Variable[]
    readonly params: ReadonlyMap<string, ParamDefinition>
    readonly rules: readonly Checked[]
  },
): void {
  const all = [...pack.rules, ...pack.variables.map((one) => one.checked)]
  const vars = new Set(all.flatMap((one) => [...one.vars]))
  const params = new Set(all.flatMap((one) => [...one.params]))
  for (const { name, offset } of pack.variables)
    if (!vars.has(name)) source.report(offset, `variable \`${name}\` is not used`)
  for (const [name, { offset }] of pack.params)
    if (!params.has(name)) source.report(offset, `parameter \`${name}\` is not used`)
}
