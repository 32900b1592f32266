import { useEffect, useMemo, useState } from 'react'
import { type List, useFilters, useList } from '#console'

export interface Files {
  readonly list: List<{ readonly path: string }>
  /** Of those that were loaded, in the order of git. */
  readonly paths: readonly string[]
  /** Whether more of them are there than are looked at by themselves. */
  readonly isCut: boolean
  /** Whether some are still being loaded to be looked at. */
  readonly isLoading: boolean
  lookFurther(): void
}

/** Paths that are looked at without being asked for more. */
const lookedAtMax = 10_000
const pageSize = 1000

/**
 * The paths of a repository that the address asks for. A list that is filtered here, or compared, needs more of them than
 * are seen: those come by themselves, to a bound.
 */
export function useFiles(repositoryId: string, isCompared: boolean): Files {
  const [filters] = useFilters(['q', 'rule'])
  const [max, setMax] = useState(lookedAtMax)
  const list = useList(
    'GET /v1/repositories/{id}/files',
    { params: { id: repositoryId }, query: { q: filters.q, limit: pageSize } },
    { kinds: ['repository'] },
  )
  const paths = useMemo(() => list.items.map((one) => one.path), [list.items])
  const { hasMore, isLoadingMore, more, error } = list
  // a page of a search may have none of what it looked through
  const isWanted = isCompared || filters.rule !== undefined || paths.length === 0
  const isLoading = isWanted && hasMore && paths.length < max && error === null
  useEffect(() => {
    if (isLoading && !isLoadingMore) more()
  }, [isLoading, isLoadingMore, more])
  return {
    list,
    paths,
    isCut: isWanted && hasMore && paths.length >= max,
    isLoading,
    lookFurther: () => setMax((before) => before + lookedAtMax),
  }
}
