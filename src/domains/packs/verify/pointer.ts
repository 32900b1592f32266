import type { Json } from '#platform/canonical-json.ts'

/** RFC 6901, for members of objects and items of arrays. */
export function resolve(value: Json, pointer: string): Json | undefined {
  const names = pointer.split('/').slice(1)
  return names.reduce<Json | undefined>((at, name) => {
    if (typeof at !== 'object' || at === null) return undefined
    const key = name.replaceAll('~1', '/').replaceAll('~0', '~')
    return new Map<string, Json>(Object.entries(at)).get(key)
  }, value)
}
