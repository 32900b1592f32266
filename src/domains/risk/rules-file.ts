import { createHash } from 'node:crypto'
import { type Document, isAlias, isMap, isNode, isScalar, Lexer, LineCounter, parseAllDocuments, visit } from 'yaml'
import type { z } from 'zod'
import { canonicalize, type Json } from '#platform/canonical-json.ts'
import { type PathRule, type RepositoryRules, type RulesProblem, shippedDefaults } from './rules.ts'
import { RulesFile, rulesBytesMax } from './rules-schema.ts'

/** Where a repository says what is sensitive in it. */
export const rulesPath = '.countersign.yaml'

const problemsMax = 20

/**
 * Reads `.countersign.yaml`; never throws. A file with any mistake is not used in part: the answer has the state `wrong`
 * and every mistake with its place, and an assessment under it takes the conservative value of each factor of paths.
 *
 * @param text undefined: there is no file
 * @param source named in the problems, such as `.countersign.yaml`
 */
export function readRules(
  text: string | undefined,
  source: string = rulesPath,
): { rules: RepositoryRules; problems: RulesProblem[] } {
  if (text === undefined) return { rules: rulesOf('absent', source, undefined), problems: [] }
  const { file, mistakes } = parse(text)
  if (file !== undefined && mistakes.length === 0) return { rules: rulesOf('read', source, file), problems: [] }
  const problems = mistakes
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
    .slice(0, problemsMax)
    .map((one) => ({ severity: 'error' as const, ...one, source }))
  return { rules: rulesOf('wrong', source, undefined), problems }
}

type Mistake = Omit<RulesProblem, 'severity' | 'source'>

function parse(text: string): { file: RulesFile | undefined; mistakes: Mistake[] } {
  const start = { line: 1, column: 1 }
  if (Buffer.byteLength(text) > rulesBytesMax) {
    return { file: undefined, mistakes: [{ ...start, message: `the file is larger than ${rulesBytesMax} bytes` }] }
  }
  const deep = tooDeep(text)
  if (deep !== undefined) return { file: undefined, mistakes: [{ line: deep, column: 1, message: 'nested too deep' }] }
  try {
    return parseYaml(text)
  } catch {
    // Whatever a hostile file does to the parser is a mistake of the file.
    return { file: undefined, mistakes: [{ ...start, message: 'the file is not YAML that can be read' }] }
  }
}

const depthMax = 20
const indentMax = 60
const marksMax = 20

/**
 * The line where nesting passes what any file of rules has. The parser recurses, and a stack that overflows while V8
 * compiles an expression ends the process, which nothing can catch: so depth is bounded before anything is parsed, first
 * what the lexer recurses on (runs of `- ? : ! &` within a line) and indentation, then brackets by the lexer.
 */
function tooDeep(text: string): number | undefined {
  const lines = text.split(/\r\n?|\n/)
  const broken = lines.findIndex(
    (line) =>
      line.search(/[^ ]|$/) > indentMax ||
      (line.match(/[!&]/g)?.length ?? 0) > marksMax ||
      /(?:[-?:][ \t]+){8}/.test(line),
  )
  if (broken >= 0) return broken + 1
  let [depth, line] = [0, 1]
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') depth++
    else if (token === ']' || token === '}') depth = Math.max(0, depth - 1)
    if (depth > depthMax) return line
    line += token.split('\n').length - 1
  }
  return undefined
}

function parseYaml(text: string): { file: RulesFile | undefined; mistakes: Mistake[] } {
  const at = createAt(text)
  const documents = parseAllDocuments(text, { prettyErrors: false, schema: 'core', merge: false })
  const [document, second] = Array.isArray(documents) ? documents : []
  if (document === undefined) return { file: undefined, mistakes: [{ ...at(0), message: 'the file is empty' }] }
  if (second !== undefined) {
    return { file: undefined, mistakes: [{ ...at(second.range[0]), message: 'the file holds more than one document' }] }
  }
  const syntax = [...document.errors, ...document.warnings].map((one) => ({
    ...at(one.pos[0]),
    message: firstLine(one.message),
  }))
  const mistakes = [...syntax, ...unwanted(document, at)]
  if (mistakes.length > 0) return { file: undefined, mistakes }
  const checked = RulesFile.safeParse(document.toJS({ maxAliasCount: 0 }))
  if (checked.success) return { file: checked.data, mistakes: [] }
  return { file: undefined, mistakes: checked.error.issues.flatMap((issue) => explain(document, issue, at)) }
}

type At = (offset: number) => { line: number; column: number }

/** Filled by us: the parser leaves out line breaks within quotes. */
function createAt(text: string): At {
  const lines = new LineCounter()
  for (let start = 0; start >= 0; start = nextLine(text, start)) lines.addNewLine(start)
  return (offset) => {
    const { line, col } = lines.linePos(Math.min(offset, text.length))
    return { line, column: col }
  }
}

function nextLine(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end < 0 ? -1 : end + 1
}

/** What YAML allows and a file of rules does not need: it only makes two readers see two things. */
function unwanted(document: Document, at: At): Mistake[] {
  const found: Mistake[] = []
  visit(document, {
    Node: (_key, node) => {
      const place = at(node.range?.[0] ?? 0)
      if (isAlias(node)) found.push({ ...place, message: 'aliases are not allowed', help: 'write the value again' })
      else if (node.tag !== undefined) found.push({ ...place, message: 'tags are not allowed' })
    },
    Pair: (_key, { key }) => {
      if (isScalar(key) && typeof key.value === 'string') return
      found.push({ ...at(isNode(key) ? (key.range?.[0] ?? 0) : 0), message: 'a name must be text' })
    },
  })
  return found
}

function explain(document: Document, issue: z.core.$ZodIssue, at: At): Mistake[] {
  const where = issue.path.length === 0 ? 'the file' : `\`${shown(issue.path.join('.'))}\``
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      ...at(offsetOf(document, [...issue.path, key])),
      message: `${where} has no member \`${shown(key)}\``,
      help: 'the guide "risk" lists every member',
    }))
  }
  return [{ ...at(offsetOf(document, issue.path)), message: `${where}: ${firstLine(issue.message)}` }]
}

/** Where the member at `path` stands, or the nearest thing around it that is there. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const around = document.getIn(path.slice(0, length - 1), true)
    const name = path[length - 1]
    const key = isMap(around) ? around.items.map((pair) => pair.key).find((one) => isNamed(one, name)) : undefined
    const node = key ?? document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return node.range[0]
  }
  return document.contents?.range?.[0] ?? 0
}

function isNamed(key: unknown, name: PropertyKey | undefined): boolean {
  return isScalar(key) && key.value === name
}

function firstLine(message: string): string {
  return shown(message.split('\n', 1)[0] ?? '')
}

/** The file may be hostile: what a terminal would obey is not repeated. */
function shown(text: string): string {
  return text.replaceAll(/\p{C}/gu, '\ufffd').slice(0, 200)
}

function rulesOf(state: RepositoryRules['state'], source: string, file: RulesFile | undefined): RepositoryRules {
  const given = Object.entries(file?.risk?.defaults ?? {}).filter(([, value]) => value !== undefined)
  const defaults = { ...shippedDefaults, ...Object.fromEntries(given) }
  const paths = (file?.risk?.paths ?? []).map((rule, at): PathRule => ({ id: `paths[${at}]`, ...rule }))
  const basis = { state, defaults, paths: JSON.parse(JSON.stringify(paths)) } as Json
  return {
    source,
    state,
    defaults,
    paths,
    gate: { params: file?.gate?.params ?? {}, modes: file?.gate?.modes ?? {} },
    roles: Object.fromEntries(Object.entries(file?.roles ?? {}).map(([email, roles]) => [email.toLowerCase(), roles])),
    digest: `sha256:${createHash('sha256').update(canonicalize(basis)).digest('hex')}`,
  }
}
