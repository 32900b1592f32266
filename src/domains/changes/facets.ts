import type { RawBuilder } from 'kysely'
import type { z } from 'zod'

/** What another capability knows of each change: lists of changes filter by it and tell it. */
export interface Facet {
  /** Of the parameter of the query, and of the field of a listed change. */
  readonly name: string
  /** What may be asked for, with its description. */
  readonly values: z.ZodEnum
  /** What a listed change tells; null where nothing is known of it. */
  readonly tells: z.ZodType
  /**
   * `change_id` and `place` of the changes that have the value, from an index in the order of `place`: then a page of a
   * list is found as quickly among many as among few.
   */
  readonly places: (value: string) => RawBuilder<Place>
  /** What those of the changes tell that something is known of. */
  readonly of: (changeIds: readonly string[]) => Promise<ReadonlyMap<string, unknown>>
}

/** Of a change, with its place in lists. */
export interface Place {
  readonly change_id: string
  readonly place: string
}

/** The query with a parameter for each facet; what they say is read by `placesOf`. */
export function askedBy<Q extends z.ZodRawShape>(query: z.ZodObject<Q>, facets: readonly Facet[]): z.ZodObject<Q> {
  return query.extend(
    Object.fromEntries(facets.map(({ name, values }) => [name, values.optional()])),
  ) as unknown as z.ZodObject<Q>
}

/** The item with a field for each facet, which `told` fills. */
export function toldOf<I extends z.ZodRawShape>(item: z.ZodObject<I>, facets: readonly Facet[]): z.ZodObject<I> {
  return item.extend(
    Object.fromEntries(facets.map(({ name, tells }) => [name, tells.nullable()])),
  ) as unknown as z.ZodObject<I>
}

/** One for each facet that is asked for. */
export function placesOf(query: object, facets: readonly Facet[]): readonly RawBuilder<Place>[] {
  const asked = new Map<string, unknown>(Object.entries(query))
  return facets.flatMap(({ name, places }) => {
    const value = asked.get(name)
    return typeof value === 'string' ? [places(value)] : []
  })
}

/** Each of the items with what is known of it. */
export async function told<T extends { readonly id: string }>(
  items: readonly T[],
  facets: readonly Facet[],
): Promise<T[]> {
  const known = await Promise.all(
    facets.map(async ({ name, of }) => [name, await of(items.map((item) => item.id))] as const),
  )
  return items.map((item) => ({
    ...item,
    ...Object.fromEntries(known.map(([name, values]) => [name, values.get(item.id) ?? null])),
  }))
}
