import { defineError } from '#platform/errors.ts'

export const ShapeWrong = defineError<{ path: string; expected: string }>(
  'pack_shape_wrong',
  422,
  ({ path, expected }) => `\`${path === '' ? '/' : path}\` must be ${expected}`,
)

/**
 * Reads one JSON value of one exact shape, or throws ShapeWrong with the JSON pointer of the first fault.
 *
 * Written by hand because the verifier is one file that a sceptic reads from end to end: a schema library would be
 * most of it.
 */
export type Shape<T> = (value: unknown, path: string) => T
export type ShapeOf<S> = S extends Shape<infer T> ? T : never

/** Exactly these members, no others. */
export function object<M extends Record<string, Shape<unknown>>>(members: M): Shape<{ [K in keyof M]: ShapeOf<M[K]> }> {
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong(path, 'an object')
    const given = new Map(Object.entries(value))
    const read = Object.entries(members).map(([name, shape]) => [name, shape(given.get(name), `${path}/${name}`)])
    const extra = [...given.keys()].find((name) => !Object.hasOwn(members, name))
    if (extra !== undefined) return wrong(path, `without the unknown member ${JSON.stringify(extra.slice(0, 40))}`)
    return Object.fromEntries(read)
  }
}

export function list<T>(item: Shape<T>, limit: { max: number }): Shape<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) return wrong(path, 'a list')
    if (value.length > limit.max) return wrong(path, `a list of at most ${limit.max}`)
    return value.map((one, index) => item(one, `${path}/${index}`))
  }
}

export function text(limit: { max: number; pattern?: RegExp; what?: string }): Shape<string> {
  return (value, path) => {
    if (typeof value !== 'string' || value.length > limit.max) return wrong(path, `text of at most ${limit.max}`)
    if (limit.pattern !== undefined && !limit.pattern.test(value)) return wrong(path, limit.what ?? 'of the right form')
    return value
  }
}

/** A whole number that JSON carries exactly. */
export const count: Shape<number> = (value, path) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : wrong(path, 'a whole number from 0')

export function oneOf<const T extends string>(...allowed: readonly T[]): Shape<T> {
  return (value, path) =>
    allowed.find((one) => one === value) ?? wrong(path, allowed.map((one) => `\`${one}\``).join(' or '))
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value, path) => (value === null ? null : shape(value, path))
}

function wrong(path: string, expected: string): never {
  throw ShapeWrong({ path, expected })
}
