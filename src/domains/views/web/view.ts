import type { Item } from '#console'

export type View = Item<'GET /v1/views'>

type Filters = Readonly<Record<string, string>>

/** Whether two addresses of one list show the same. */
export function isSame(a: Filters, b: Filters): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}
