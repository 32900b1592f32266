import { namesOf } from '#platform/canonical-json.ts'
import { fewRandomBytes } from '#platform/random.ts'
import { commitment, LedgerError, SALT_BYTES, utf8 } from './core/index.ts'
import type { SealedGroup, SealedValue } from './payload.ts'
import { type Compartment, isSealed, type Sealed } from './sealed.ts'

/** Replaces sealed values by their commitments; one salt for each compartment (and person) of a record. */
export interface Committer {
  /** A copy of `value` in which every sealed value is its commitment. `pointer` (RFC 6901) says where `value` stands. */
  readonly replace: (value: unknown, pointer: string) => unknown
  readonly groups: () => SealedGroup[]
}

/** Well below what readers of an entry accept, so that nothing is sealed that cannot be verified. */
const nestingMax = 32

export function createCommitter(): Committer {
  const groups = new Map<string, SealedGroup & { readonly values: SealedValue[] }>()
  const commit = (one: Sealed, pointer: string): string => {
    const name = `${one.compartment} ${one.subject}`
    const group = groups.get(name) ?? newGroup(one.compartment, one.subject)
    groups.set(name, group)
    const bytes = typeof one.value === 'string' ? utf8(one.value) : one.value
    group.values.push({ pointer, field: one.field, bytes })
    return commitment(group.salt, one.field, bytes)
  }
  const replaceAt = (value: unknown, pointer: string, depth: number): unknown => {
    if (typeof value !== 'object' || value === null) return value
    if (isSealed(value)) return commit(value, pointer)
    if (depth > nestingMax)
      throw new LedgerError('entry_invalid', `a member is nested deeper than ${nestingMax} levels`)
    if (Array.isArray(value)) return value.map((item, i) => replaceAt(item, `${pointer}/${i}`, depth + 1))
    return replaceMembers(value, pointer, depth, replaceAt)
  }
  const replace = (value: unknown, pointer: string) => replaceAt(value, pointer, pointer.split('/').length)
  return { replace, groups: () => [...groups.values()] }
}

/** Members in the order of their names, as RFC 8785 writes them. A member that is undefined is not there. */
function replaceMembers(
  value: object,
  pointer: string,
  depth: number,
  replaceAt: (value: unknown, pointer: string, depth: number) => unknown,
): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  for (const name of namesOf(value)) {
    const member: unknown = Reflect.get(value, name)
    if (member === undefined) continue
    // assigning `__proto__` would set the prototype instead
    if (name === '__proto__') throw new LedgerError('entry_invalid', 'a member is named `__proto__`')
    copy[name] = replaceAt(member, `${pointer}/${escapeName(name)}`, depth + 1)
  }
  return copy
}

function newGroup(compartment: Compartment, subject: string): SealedGroup & { readonly values: SealedValue[] } {
  return { compartment, subject, salt: fewRandomBytes(SALT_BYTES), values: [] }
}

function escapeName(name: string): string {
  return /[~/]/.test(name) ? name.replaceAll('~', '~0').replaceAll('/', '~1') : name
}
