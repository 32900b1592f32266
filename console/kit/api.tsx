import {
  type InfiniteData,
  type UseQueryResult,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { createContext, use, useMemo } from 'react'
import { type Api, type ApiProblem, createApi, type Input, type Operation, type Reply } from '#client'

export type { Reply } from '#client'

/** What lists are made of, by the nouns of the events that change them, such as `change`; the live stream names them. */
export type Kind = string

/** The HTTP interface as this page uses it: with the session's cookie, and its token for writes. */
export interface ConsoleApi extends Api {
  /** Taken from the session; null while nobody is signed in. */
  setCsrfToken(token: string | null): void
}

const quietAfterMs = 60_000

/** @param touchedAtMs when a person last used this page: without one, what it asks keeps no session alive */
export function createConsoleApi(touchedAtMs: () => number): ConsoleApi {
  const state: { csrf: string | null } = { csrf: null }
  const api = createApi({
    base: '',
    headers: (method) => ({
      ...(method !== 'GET' && state.csrf !== null ? { 'x-csrf-token': state.csrf } : {}),
      ...(Date.now() - touchedAtMs() > quietAfterMs ? { 'x-countersign-background': '1' } : {}),
    }),
  })
  return {
    ...api,
    setCsrfToken: (token) => {
      state.csrf = token
    },
  }
}

export const ApiContext = createContext<ConsoleApi | undefined>(undefined)

export function useApi(): ConsoleApi {
  const api = use(ApiContext)
  if (api === undefined) throw new Error('a page was shown outside of the console')
  return api
}

interface AskOptions {
  /** Asked again when the live stream says that one of these changed. */
  readonly kinds?: readonly Kind[]
  readonly enabled?: boolean
}

interface AnswerOptions<R> extends AskOptions {
  /** Asked again every so many milliseconds while this says so of the last reply. */
  readonly refetchMs?: (reply: R | undefined) => number | false
}

/** The reply of one operation, kept and shared by all who ask the same. */
export function useAnswer<K extends Operation>(
  operation: K,
  input: Input<K>,
  { kinds = [], enabled = true, refetchMs = () => false }: AnswerOptions<Reply<K>> = {},
): UseQueryResult<Reply<K>, ApiProblem> {
  const api = useApi()
  return useQuery<Reply<K>, ApiProblem>({
    queryKey: [operation, input],
    queryFn: ({ signal }) => api.call(operation, input, signal),
    meta: { kinds },
    enabled,
    refetchInterval: (query) => refetchMs(query.state.data),
  })
}

interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | null
}

/** Operations whose reply is a page of a list. */
export type ListOperation = { [K in Operation]: Reply<K> extends Page<unknown> ? K : never }[Operation]
export type Item<K extends ListOperation> = Reply<K> extends Page<infer T> ? T : never

export interface List<T> {
  readonly items: readonly T[]
  /** Before the first page has come. */
  readonly isLoading: boolean
  readonly error: ApiProblem | null
  readonly hasMore: boolean
  readonly isLoadingMore: boolean
  more(): void
  retry(): void
}

interface ListOptions<T> extends AskOptions {
  /** Asked again every so many milliseconds while this says so of what is there. */
  readonly refetchMs?: (items: readonly T[]) => number | false
}

/** A list by cursor: pages come as they are scrolled to. */
export function useList<K extends ListOperation>(
  operation: K,
  input: Input<K>,
  options: ListOptions<Item<K>> = {},
): List<Item<K>> {
  const api = useApi()
  const given: { readonly query?: object } = input
  const found = useInfiniteQuery<Page<Item<K>>, ApiProblem, InfiniteData<Page<Item<K>>>, unknown[], string | undefined>(
    {
      queryKey: ['list', operation, input],
      queryFn: async ({ pageParam, signal }) => {
        const asked = { ...input, query: { ...given.query, cursor: pageParam } } as Input<K>
        // the operations of this type are those that answer so
        return (await api.call(operation, asked, signal)) as unknown as Page<Item<K>>
      },
      initialPageParam: undefined,
      getNextPageParam: (page) => page.next ?? undefined,
      meta: { kinds: options.kinds ?? [] },
      enabled: options.enabled ?? true,
      refetchInterval: ({ state }) =>
        options.refetchMs?.(state.data?.pages.flatMap((page) => page.items) ?? []) ?? false,
      // what was shown stays until the next answer is there: nothing jumps
      placeholderData: (before) => before,
    },
  )
  const items = useMemo(() => found.data?.pages.flatMap((page) => page.items) ?? [], [found.data])
  return {
    items,
    isLoading: found.isPending,
    error: found.error,
    hasMore: found.hasNextPage,
    isLoadingMore: found.isFetchingNextPage,
    more: () => void (found.isFetchingNextPage || found.fetchNextPage()),
    retry: () => void found.refetch(),
  }
}

/** Does something on the server; lists of these kinds are asked again afterwards. */
export function useAct<K extends Operation>(operation: K, kinds: readonly Kind[] = []) {
  const api = useApi()
  const client = useQueryClient()
  return useMutation<Reply<K>, ApiProblem, Input<K>>({
    mutationFn: (input) => api.call(operation, input),
    onSuccess: () => client.invalidateQueries({ predicate: (query) => concerns(query.meta, kinds) }),
  })
}

export function concerns(meta: Record<string, unknown> | undefined, kinds: readonly Kind[]): boolean {
  const own = meta?.['kinds']
  return Array.isArray(own) && own.length > 0 && (kinds.includes('*') || own.some((kind) => kinds.includes(kind)))
}
