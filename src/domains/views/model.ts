import { z } from 'zod'

/** How many views one person may have. */
export const viewsMax = 100

/** A page of the console that is a list, without its query. */
export const ListPath = z.string().regex(/^\/[a-z/-]{1,60}$/, 'must be the path of a list page, such as `/changes`')

/** What a screen shows as it is: without line ends and without marks that are invisible or turn the direction of writing. */
const Shown = z.string().regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u, 'must have no control characters')

const ViewName = Shown.trim().min(1).max(80)

const filtersMax = 20

/** The filters of an address, each once. Pages ignore those that they do not know. */
const Filters = z
  .record(z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,39}$/), Shown.min(1).max(200))
  .refine((filters) => Object.keys(filters).length <= filtersMax, `must have at most ${filtersMax} filters`)
  .meta({ maxProperties: filtersMax })
export type Filters = z.output<typeof Filters>

export const View = z
  .object({
    id: z.string(),
    page: z.string(),
    name: z.string(),
    query: z.record(z.string(), z.string()),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'View' })
export type View = z.infer<typeof View>

export const SaveView = z.object({ page: ListPath, name: ViewName, query: Filters }).strict().meta({ id: 'SaveView' })
export type SaveView = z.output<typeof SaveView>

export const ChangeView = z
  .object({ name: ViewName.optional(), query: Filters.optional() })
  .strict()
  .refine(({ name, query }) => name !== undefined || query !== undefined, 'must have a name, a query or both')
  .meta({ id: 'ChangeView' })
export type ChangeView = z.output<typeof ChangeView>
