import { createContext, type ReactNode, use } from 'react'
import { A, given, type Query, usePath } from './address.tsx'
import { DataTable, type DataTableProps } from './data-table.tsx'
import { PagePart } from './page-part.tsx'
import { Empty, PageHead } from './parts.tsx'

interface ListPageProps<T> extends Omit<DataTableProps<T>, 'label' | 'empty'> {
  readonly title: string
  readonly about: string
  readonly actions?: ReactNode
  /** What the table is called; the title unless said. */
  readonly label?: string
  /** What the address says, from `useFilters`. */
  readonly filters: Query
  /** A field for each filter. */
  readonly children: ReactNode
  /** Shown when the filters leave nothing, with a link that takes them away. */
  readonly noMatch: { readonly title: string; readonly hint?: string; readonly all: string }
  /** Shown when there is nothing to filter yet: an `Empty`. */
  readonly nothing: ReactNode
}

/** A page that is one list: its head, its filters, which the address holds, what was saved of them, and the table. */
export function ListPage<T>(props: ListPageProps<T>) {
  const { title, about, actions, label = title, filters, children, noMatch, nothing, ...table } = props
  const path = usePath()
  const shown = given(filters)
  // another order leaves nothing out
  const isFiltered = Object.keys(shown).some((name) => name !== 'order')
  return (
    <>
      <PageHead title={title} about={about} actions={actions} />
      <div className="filters">
        {children}
        <ListContext value={{ path, filters: shown }}>
          <PagePart name="views" height={30} />
        </ListContext>
      </div>
      <DataTable label={label} {...table} empty={isFiltered ? <NoMatch {...noMatch} path={path} /> : nothing} />
    </>
  )
}

function NoMatch({ title, hint, all, path }: ListPageProps<unknown>['noMatch'] & { readonly path: string }) {
  return (
    <Empty title={title}>
      <p>
        {hint} <A to={path}>{all}</A>
      </p>
    </Empty>
  )
}

/** The list that a page shows. */
interface ShownList {
  readonly path: string
  /** Those that are set, and its order where it is not the usual one, as the address has them. */
  readonly filters: Readonly<Record<string, string>>
}

const ListContext = createContext<ShownList | undefined>(undefined)

/** The list around a part of a page. */
export function useShownList(): ShownList {
  const list = use(ListContext)
  if (list === undefined) throw new Error('a part of list pages was shown elsewhere')
  return list
}
