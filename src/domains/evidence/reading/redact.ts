export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/**
 * Puts `instead` in the place of these members of an object, where they are there and say anything.
 *
 * @returns how many it were
 */
export function redactMembers(value: unknown, names: readonly string[], instead: unknown): number {
  if (!isObject(value)) return 0
  let count = 0
  for (const name of names) {
    if (!Object.hasOwn(value, name) || isNothing(value[name])) continue
    Reflect.set(value, name, instead)
    count++
  }
  return count
}

/** The same at any depth. */
export function redactDeep(value: unknown, names: readonly string[], instead: unknown): number {
  if (!isObject(value)) return 0
  const here = Array.isArray(value) ? 0 : redactMembers(value, names, instead)
  return Object.entries(value).reduce((sum, [name, member]) => {
    return names.includes(name) && !Array.isArray(value) ? sum : sum + redactDeep(member, names, instead)
  }, here)
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
}
