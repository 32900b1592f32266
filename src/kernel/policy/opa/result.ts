import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Json } from '#platform/canonical-json.ts'
import { allowRule, type BoundAnswer, messageCharactersMax, ruleName, severities, violationsMax } from './answer.ts'

/** What a document of OPA says: whether it allows, and what is against it. */
export type Said = Pick<BoundAnswer, 'isAllowed' | 'violations'>
type Violation = BoundAnswer['violations'][number]

const Severity = z.enum(severities)
/** `msg` as conftest has it; members beside these are of no concern here. */
const Listed = z.object({ id: z.string().regex(ruleName).optional(), msg: z.string(), severity: Severity.optional() })

/**
 * Reads `{allow, violations: [{id, msg, severity}]}`, or the sets `deny`, `violation`, `warn` (also with a name behind, as
 * `deny_licence`) of texts or of objects with `msg`, as conftest has them. What is not there as it should be is no answer,
 * never a permission.
 *
 * @returns the reason when the document says neither
 */
export function readResult(result: Json): Said | { readonly reason: string } {
  if (typeof result !== 'object' || result === null || Array.isArray(result))
    return { reason: 'the result is no document with `allow` and `violations`, or with `deny`, `violation` or `warn`' }
  const document = result as { readonly [name: string]: Json }
  const sets = Object.keys(document).filter((name) => /^(deny|violation|warn)(_\w+)?$/.test(name))
  const hasAllow = Object.hasOwn(document, 'allow')
  if (!hasAllow && sets.length === 0)
    return { reason: 'the result has neither `allow` nor `deny`, `violation` or `warn`' }
  if (hasAllow && typeof document['allow'] !== 'boolean') return { reason: '`allow` is neither true nor false' }
  // without `allow` only the sets count: violations beside an `allow` that is undefined would be read as all there is
  const names = hasAllow ? ['violations', ...sets] : sets
  const violations: Violation[] = []
  for (const name of names) {
    const read = readSet(name, document[name])
    if (typeof read === 'string') return { reason: read }
    violations.push(...read)
  }
  const merged = mergeAlike(violations)
  if (merged.length > violationsMax) return { reason: `there are more than ${violationsMax} violations` }
  const isAllowed = hasAllow ? document['allow'] === true : merged.every((one) => one.isWarning)
  return { isAllowed, violations: merged }
}

function readSet(name: string, value: Json | undefined): Violation[] | string {
  if (value === undefined) return []
  if (!Array.isArray(value)) return `\`${name}\` is no set`
  if (value.length > violationsMax) return `\`${name}\` has more than ${violationsMax} members`
  const read: Violation[] = []
  for (const one of value) {
    const member = readMember(name, one)
    if (typeof member === 'string') return member
    read.push(member)
  }
  return read
}

function readMember(name: string, member: Json): Violation | string {
  const parsed = Listed.safeParse(typeof member === 'string' ? { msg: member } : member)
  if (!parsed.success) return `\`${name}\` has a member that is neither a text nor an object with \`msg\``
  const { msg, severity = 'high' } = parsed.data
  const id = parsed.data.id ?? `${name}-${createHash('sha256').update(msg).digest('hex').slice(0, 8)}`
  if (id === allowRule) return `a member of \`${name}\` is called \`${allowRule}\`, which is the name of the whole`
  if (!ruleName.test(id)) return `\`${name}\` is too long for a name`
  return { id, message: bounded(msg), severity, isWarning: name.startsWith('warn') }
}

/** Rules are told by their ids: what has one is one rule, as grave as the gravest, whatever order a set came in. */
function mergeAlike(violations: readonly Violation[]): Violation[] {
  const byId = new Map<string, Violation[]>()
  for (const one of violations) byId.set(one.id, [...(byId.get(one.id) ?? []), one])
  return [...byId]
    .map(([id, alike]) => ({
      id,
      message: bounded([...new Set(alike.map((one) => one.message))].sort().join('; ')),
      severity: severities.find((severity) => alike.some((one) => one.severity === severity)) ?? 'high',
      isWarning: alike.every((one) => one.isWarning),
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Half a surrogate pair, which cutting may leave, cannot be written down. */
function bounded(text: string): string {
  const cut = text.length <= messageCharactersMax ? text : `${text.slice(0, messageCharactersMax - 1)}…`
  return cut.replace(/\p{Surrogate}/gu, '\ufffd')
}
