import { parse } from '@bufbuild/cel'
import type { Shape } from '../facts/shape.ts'
import { memberOf, objectsOf } from '../facts/validate.ts'
import type { Text } from '../pack/yaml.ts'
import { nearest } from './nearest.ts'
import { functionNames, isWrong, signatureOf } from './signatures.ts'
import { any, bool, describe, double, either, int, isFreeMap, itemOf, listOf, nothing, string } from './types.ts'

export type Ast = ReturnType<typeof parse>['expr']

export const expressionCharactersMax = 4096
const macroDepthMax = 3
const nestingMax = 64

/** What names stand for in the expressions of one pack. */
export interface Names {
  readonly facts: Shape
  readonly params: ReadonlyMap<string, Shape>
  /** Variables that stand before the expression; later ones are not known to it. */
  readonly vars: ReadonlyMap<string, Checked>
}

/** An expression whose names and types were checked. */
export interface Checked {
  readonly text: string
  readonly type: Shape
  /** Dotted paths of the facts that it reads, also through variables. */
  readonly reads: ReadonlySet<string>
  readonly vars: ReadonlySet<string>
  readonly params: ReadonlySet<string>
}

export type Report = (offset: number, message: string, help?: string) => void

/**
 * Checks an expression against what the names in it stand for. Every mistake is reported with its place in the document;
 * undefined when there was one.
 */
export function checkExpression(expression: Text, names: Names, report: Report): Checked | undefined {
  const reports: boolean[] = []
  const say = (index: number, message: string, help?: string) => {
    reports.push(true)
    report(expression.offsetOf(index), message, help)
  }
  const parsed = parseExpression(expression.value, say)
  if (parsed === undefined) return undefined
  const walk: Walk = {
    text: expression.value,
    positions: parsed.sourceInfo?.positions ?? {},
    names,
    say,
    reads: new Set(),
    vars: new Set(),
    params: new Set(),
  }
  const type = visit(walk, parsed.expr, { bound: new Map(), macros: 0, depth: 0 })
  if (reports.length > 0) return undefined
  return { text: expression.value, type, reads: walk.reads, vars: walk.vars, params: walk.params }
}

function parseExpression(text: string, say: Report): ReturnType<typeof parse> | undefined {
  try {
    return parse(text)
  } catch (error) {
    if (error instanceof RangeError) say(0, 'the expression is nested too deeply')
    else
      say(
        offsetOf(error),
        `this is not CEL: ${error instanceof Error && 'rawMessage' in error ? error.rawMessage : String(error)}`,
      )
    return undefined
  }
}

function offsetOf(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('location' in error)) return 0
  const { location } = error as { location?: { start?: { offset?: number } } }
  return location?.start?.offset ?? 0
}

interface Scope {
  readonly bound: ReadonlyMap<string, Shape>
  readonly macros: number
  readonly depth: number
}

/** A type, and where in the facts the value comes from when it comes from there directly. */
interface Place {
  readonly type: Shape
  readonly path: string | undefined
}

interface Walk {
  readonly text: string
  readonly positions: { readonly [id: string]: number }
  readonly names: Names
  readonly say: Report
  readonly reads: Set<string>
  readonly vars: Set<string>
  readonly params: Set<string>
}

type Select = Extract<Ast['exprKind'], { case: 'selectExpr' }>['value']
type Call = Extract<Ast['exprKind'], { case: 'callExpr' }>['value']
type Fold = Extract<Ast['exprKind'], { case: 'comprehensionExpr' }>['value']

function visit(walk: Walk, expr: Ast | undefined, scope: Scope): Shape {
  return consume(walk, place(walk, expr, scope))
}

function at({ text, positions }: Walk, expr: Ast | undefined): number {
  return skipSpace(text, positions[String(expr?.id)] ?? 0)
}

/** A value that is used as it is: what was read of the facts is noted. */
function consume(walk: Walk, { type, path }: Place): Shape {
  if (path !== undefined) walk.reads.add(path)
  return type
}

function place(walk: Walk, expr: Ast | undefined, scope: Scope): Place {
  if (expr === undefined) return plain(any)
  if (scope.depth > nestingMax) {
    walk.say(at(walk, expr), `the expression is nested deeper than ${nestingMax}`)
    return plain(any)
  }
  const inner = { ...scope, depth: scope.depth + 1 }
  const { exprKind } = expr
  switch (exprKind.case) {
    case 'identExpr':
      return identifier(walk, expr, exprKind.value.name, inner)
    case 'selectExpr':
      return select(walk, expr, exprKind.value, inner)
    case 'callExpr':
      return plain(call(walk, expr, exprKind.value, inner))
    case 'comprehensionExpr':
      return plain(fold(walk, expr, exprKind.value, inner))
    case 'listExpr':
      return plain(listOf(either(exprKind.value.elements.map((one) => visit(walk, one, inner)))))
    case 'structExpr':
      return plain(struct(walk, expr, exprKind.value, inner))
    case 'constExpr':
      return plain(constant(walk, expr, exprKind.value))
    default:
      return plain(any)
  }
}

function identifier(walk: Walk, expr: Ast, name: string, { bound }: Scope): Place {
  const local = bound.get(name)
  if (local !== undefined) return plain(local)
  const member = memberOf(walk.names.facts, name)
  if (member !== undefined) return { type: member.shape, path: name }
  if (name === 'params' || name === 'vars') walk.say(at(walk, expr), `\`${name}\` is used with a member: ${name}.…`)
  else walk.say(at(walk, expr), `there is no \`${name}\``, meant(name, [...topNames(walk.names), ...bound.keys()]))
  return plain(any)
}

function select(walk: Walk, expr: Ast, { operand, field, testOnly }: Select, scope: Scope): Place {
  const offset = testOnly ? at(walk, expr) : at(walk, expr) + 1
  const root = operand?.exprKind.case === 'identExpr' ? operand.exprKind.value.name : undefined
  const isNamed = (root === 'vars' || root === 'params') && !scope.bound.has(root)
  if (isNamed && !testOnly) return root === 'vars' ? variable(walk, offset, field) : parameter(walk, offset, field)
  if (isNamed) walk.say(offset, `has() is for facts: every one of \`${root}\` is there`)
  const from = place(walk, operand, scope)
  const found = member(walk, from, field, offset)
  if (!testOnly) return found
  if (memberOf(from.type, field)?.isUnknowable === true)
    walk.say(
      offset,
      `whether \`${field}\` is there may be unknown`,
      'read it: a rule that needs what is not known answers unknown',
    )
  consume(walk, found)
  return plain(bool)
}

function member(walk: Walk, from: Place, field: string, offset: number): Place {
  const path = from.path === undefined ? undefined : `${from.path}.${field}`
  if (from.type.kind === 'any' || (from.type.kind === 'union' && from.type.of.length === 0)) return { type: any, path }
  const found = memberOf(from.type, field)
  if (found !== undefined) return { type: found.shape, path }
  const objects = objectsOf(from.type)
  const known = objects.flatMap((one) => [...one.members.keys()])
  if (objects.length === 0) walk.say(offset, `${describe(from.type)} has no members, so no \`${field}\``)
  else walk.say(offset, `there is no \`${field}\` in \`${from.path ?? 'this object'}\``, meant(field, known))
  return plain(any)
}

function variable(walk: Walk, offset: number, name: string): Place {
  const found = walk.names.vars.get(name)
  if (found === undefined) {
    walk.say(offset, `there is no variable \`${name}\` before here`, meant(name, [...walk.names.vars.keys()]))
    return plain(any)
  }
  walk.vars.add(name)
  for (const path of found.reads) walk.reads.add(path)
  return plain(found.type)
}

function parameter(walk: Walk, offset: number, name: string): Place {
  const type = walk.names.params.get(name)
  if (type === undefined)
    walk.say(offset, `there is no parameter \`${name}\``, meant(name, [...walk.names.params.keys()]))
  else walk.params.add(name)
  return plain(type ?? any)
}

function call(walk: Walk, expr: Ast, { target, function: name, args }: Call, scope: Scope): Shape {
  const namespaced = target?.exprKind.case === 'identExpr' ? `${target.exprKind.value.name}.${name}` : ''
  const isNamespaced = signatureOf(namespaced) !== undefined
  const values = (target === undefined || isNamespaced ? args : [target, ...args]).map((one) => visit(walk, one, scope))
  const signature = signatureOf(isNamespaced ? namespaced : name)
  if (signature === undefined) {
    walk.say(at(walk, expr), `there is no function \`${name}\``, meant(name, functionNames()))
    return any
  }
  const result = signature(values)
  if (!isWrong(result)) return result
  const shown = /^[a-z]/.test(name) ? `${name}(): ` : ''
  walk.say(at(walk, expr), `${shown}${result.wrong}`, result.help)
  return any
}

function fold(
  walk: Walk,
  expr: Ast,
  { iterVar, iterRange, accuVar, accuInit, loopCondition, loopStep, result }: Fold,
  scope: Scope,
): Shape {
  const range = visit(walk, iterRange, scope)
  const item = itemOf(range)
  if (item === undefined && !isFreeMap(range))
    walk.say(at(walk, iterRange), `${describe(range)} cannot be gone through`)
  if (scope.macros >= macroDepthMax)
    walk.say(at(walk, expr), `lists are gone through within lists more than ${macroDepthMax} deep`)
  if (scope.bound.has(iterVar) || topNames(walk.names).includes(iterVar))
    walk.say(at(walk, expr), `\`${iterVar}\` is the name of something else`)
  const start = visit(walk, accuInit, scope)
  const bind = (accu: Shape): Scope => ({
    bound: new Map([...scope.bound, [iterVar, item ?? string], [accuVar, accu]]),
    macros: scope.macros + 1,
    depth: scope.depth,
  })
  visit(walk, loopCondition, bind(start))
  const step = visit(walk, loopStep, bind(start))
  return visit(walk, result, bind(step))
}

function struct(
  walk: Walk,
  expr: Ast,
  { messageName, entries }: Extract<Ast['exprKind'], { case: 'structExpr' }>['value'],
  scope: Scope,
): Shape {
  if (messageName !== '') walk.say(at(walk, expr), `there is no type \`${messageName}\``)
  const members = entries.flatMap(({ keyKind, value }) => {
    const key = keyKind.case === 'mapKey' ? literalOf(keyKind.value) : undefined
    if (key === undefined) walk.say(at(walk, expr), 'the keys of a map are strings that stand here')
    const shape = visit(walk, value, scope)
    return key === undefined ? [] : [[key, { shape, isRequired: true, isUnknowable: false }] as const]
  })
  return { kind: 'object', members: new Map(members), rest: undefined }
}

function constant(
  walk: Walk,
  expr: Ast,
  { constantKind }: Extract<Ast['exprKind'], { case: 'constExpr' }>['value'],
): Shape {
  if (constantKind.case === 'stringValue') return { kind: 'string', values: [constantKind.value] }
  if (constantKind.case === 'uint64Value')
    walk.say(at(walk, expr), 'unsigned numbers are not used here', 'leave the `u` out')
  const type = constants[constantKind.case ?? '']
  return type ?? any
}

const constants: Readonly<Record<string, Shape>> = {
  int64Value: int,
  doubleValue: double,
  boolValue: bool,
  nullValue: nothing,
  bytesValue: { kind: 'bytes' },
}

function literalOf(expr: Ast): string | undefined {
  const constant = expr.exprKind.case === 'constExpr' ? expr.exprKind.value.constantKind : undefined
  return constant?.case === 'stringValue' ? constant.value : undefined
}

function plain(type: Shape): Place {
  return { type, path: undefined }
}

function topNames(names: Names): string[] {
  return [...objectsOf(names.facts).flatMap((one) => [...one.members.keys()]), 'params', 'vars']
}

function meant(name: string, known: readonly string[]): string | undefined {
  const near = nearest(name, known)
  if (near !== undefined) return `did you mean \`${near}\`?`
  return known.length === 0 || known.length > 40 ? undefined : `there are ${known.join(', ')}`
}

function skipSpace(text: string, at: number): number {
  let passed = at
  while (/\s/.test(text[passed] ?? '')) passed++
  return passed
}
