import { Link, useMatch, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'

export type Query = Readonly<Record<string, string | undefined>>

interface AnchorProps {
  readonly to: string
  readonly query?: Query
  readonly className?: string
  readonly children?: ReactNode
  /** Said when the pointer rests on it. */
  readonly title?: string
  /** -1 where the same link stands elsewhere for the keyboard. */
  readonly tabIndex?: -1
  readonly onClick?: () => void
}

/** A link to a page of the console. */
export function A({ to, query = {}, ...rest }: AnchorProps) {
  const activeOptions = { exact: to === '/' || to === '/ledger', includeSearch: false }
  return <Link to={to} search={given(query) as never} activeOptions={activeOptions} {...rest} />
}

/** What the address says after `?`, and how to change a part of it; every filter lives there, so that a link carries it. */
export function useFilters<N extends string>(
  names: readonly N[],
): [Readonly<Partial<Record<N, string>>>, (change: Readonly<Partial<Record<N, string | undefined>>>) => void] {
  const search: Record<string, unknown> = useSearch({ strict: false })
  const navigate = useNavigate()
  const values: Partial<Record<N, string>> = {}
  for (const name of names) {
    const value = search[name]
    if (typeof value === 'string' && value !== '') values[name] = value
  }
  const change = (next: Query) =>
    void navigate({ to: '.', replace: true, search: given({ ...(search as Query), ...next }) as never })
  return [values, change]
}

export function useParam(name: string): string {
  const params: Record<string, unknown> = useParams({ strict: false })
  return String(params[name] ?? '')
}

/** The path of the page that is shown, as the router has it: another one that is being fetched does not count yet. */
export function usePath(): string {
  const match: { readonly fullPath: string } = useMatch({ strict: false })
  return match.fullPath
}

/** Goes to a page as a person who pressed a key or made something wants it. */
export function useGo(): (to: string, query?: Query) => void {
  const navigate = useNavigate()
  return (to, query = {}) => void navigate({ to, search: given(query) as never })
}

/** Without what is empty. */
export function given(query: Query): Record<string, string> {
  const entries = Object.entries(query).filter((pair): pair is [string, string] => (pair[1] ?? '') !== '')
  return Object.fromEntries(entries)
}
