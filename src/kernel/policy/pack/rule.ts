import type { Node } from 'yaml'
import type { Checked, Names } from '../cel/check.ts'
import { itemOf, mayBe } from '../cel/types.ts'
import { memberOf } from '../facts/validate.ts'
import type { Mode, Owner, Severity } from '../model.ts'
import { readExpression, readWords } from './expression.ts'
import type { Source } from './source.ts'
import { type Mapping, readMapping, readText, readWord, startOf } from './yaml.ts'

/** One rule of a pack, checked. */
export interface Rule {
  /** `<pack>.<rule>`. */
  readonly id: string
  readonly title: string
  readonly clause: string | undefined
  readonly controls: readonly string[]
  readonly severity: Severity
  readonly owner: Owner
  readonly exception: 'allowed' | 'never'
  /** The pack's unless the rule has its own. */
  readonly mode: Mode
  readonly remediation: string | undefined
  readonly when: Checked | undefined
  readonly require: Checked
  readonly message: Checked
  readonly fix: Checked | undefined
  readonly locations: Checked | undefined
  /** Paths of the facts that decide its answer, sorted. */
  readonly reads: readonly string[]
  /** Paths of the facts that only its texts and places name, sorted. */
  readonly tells: readonly string[]
}

const severities: readonly Severity[] = ['critical', 'high', 'medium', 'low']
const owners: readonly Owner[] = ['author', 'reviewer', 'security', 'platform', 'legal']
const modes: readonly Mode[] = ['audit', 'warn', 'enforce']
const idForm = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

interface Around {
  readonly packId: string
  readonly mode: Mode
  readonly names: Names
}

export interface ReadRule {
  readonly rule: Rule
  readonly offset: number
  readonly expressions: readonly Checked[]
}

/** Reads one rule; undefined, with diagnostics, when it has a mistake. */
export function readRule(source: Source, node: Node, { packId, mode, names }: Around): ReadRule | undefined {
  const mapping = readMapping(source, node, 'a rule')
  if (mapping === undefined) return undefined
  const id = readId(source, mapping)
  const expressions = readExpressions(source, mapping, id, names)
  const words = readRuleWords(source, mapping, id, mode)
  mapping.finish()
  const { require, message } = expressions
  if (require === undefined || message === undefined || words === undefined) return undefined
  const checked = { ...expressions, require, message }
  const all = [checked.when, require, message, checked.fix, checked.locations].filter((one) => one !== undefined)
  const decide = [checked.when, require].filter((one) => one !== undefined)
  const reads = [...new Set(decide.flatMap((one) => [...one.reads]))].sort()
  const tells = [...new Set(all.flatMap((one) => [...one.reads]))].filter((path) => !reads.includes(path)).sort()
  return {
    rule: { id: `${packId}.${id}`, ...words, ...checked, reads, tells },
    offset: mapping.offset,
    expressions: all,
  }
}

function readId(source: Source, mapping: Mapping): string {
  const node = mapping.take('id', 'required')
  const id = readText(source, node, 'the `id` of a rule', 64)?.value ?? ''
  if (id !== '' && !idForm.test(id))
    source.report(startOf(node), '`id` is made of small letters, digits and single dashes')
  return id
}

function readExpressions(source: Source, mapping: Mapping, id: string, names: Names) {
  const expression = (key: string, need: 'required' | 'optional', kind: 'bool' | 'string' | 'list') =>
    readExpression(source, mapping.take(key, need), `\`${key}\` of rule \`${id}\``, names, [kind])
  const when = expression('when', 'optional', 'bool')
  const require = expression('require', 'required', 'bool')
  const message = expression('message', 'required', 'string')
  const fix = expression('fix', 'optional', 'string')
  const locationsNode = mapping.take('locations', 'optional')
  const locations = readExpression(source, locationsNode, `\`locations\` of rule \`${id}\``, names, ['list'])
  if (locations !== undefined && !areLocations(locations))
    source.report(startOf(locationsNode), `\`locations\` of rule \`${id}\` must be a list of {'path': …, 'line': …}`)
  return { when, require, message, fix, locations }
}

function areLocations({ type }: Checked): boolean {
  const item = itemOf(type)
  if (item === undefined || item.kind !== 'object') return item?.kind === 'any'
  const path = memberOf(item, 'path')?.shape
  const line = memberOf(item, 'line')?.shape
  return path !== undefined && mayBe(path, 'string') && (line === undefined || mayBe(line, 'int'))
}

function readRuleWords(source: Source, mapping: Mapping, id: string, packMode: Mode) {
  const what = (key: string) => `\`${key}\` of rule \`${id}\``
  const text = (key: string, max: number) => readText(source, mapping.take(key, 'optional'), what(key), max)?.value
  const severity = readWord(source, mapping.take('severity', 'required'), what('severity'), severities)
  const words = {
    title: text('title', 200) ?? id,
    clause: text('clause', 100),
    controls: readWords(source, mapping.take('controls', 'optional'), what('controls')),
    owner: readWord(source, mapping.take('owner', 'optional'), what('owner'), owners) ?? ('author' as const),
    exception:
      readWord(source, mapping.take('exception', 'optional'), what('exception'), exceptions) ?? ('allowed' as const),
    mode: readWord(source, mapping.take('mode', 'optional'), what('mode'), modes) ?? packMode,
    remediation: text('remediation', 2000),
  }
  return severity === undefined ? undefined : { ...words, severity }
}

const exceptions = ['allowed', 'never'] as const
