import {
  createRootRoute,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  lazyRouteComponent,
} from '@tanstack/react-router'
import { ApiProblem } from '#client'
import { PartsContext } from '../kit/page-part.tsx'
import { ProblemNote, Skeleton } from '../kit/parts.tsx'
import { Later, NotFound } from './later.tsx'
import { places } from './map.ts'
import { type PageRoute, pages } from './pages.ts'
import { Shell } from './shell.tsx'

export function createConsoleRouter() {
  const root = createRootRoute({ component: Shell, notFoundComponent: NotFound })
  const built = pages.map((page) =>
    createRoute({ getParentRoute: () => root, path: page.path, component: componentOf(page) }),
  )
  const toBuild = places
    .filter((place) => place.later !== undefined && !pages.some((page) => page.path === place.to))
    .map((place) =>
      createRoute({ getParentRoute: () => root, path: place.to, component: () => <Later place={place} /> }),
    )
  return createRouter({
    routeTree: root.addChildren([...built, ...toBuild]),
    // addresses hold plain words, so that people can read and write them
    parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
    stringifySearch: (search) => {
      const text = new URLSearchParams(search as Record<string, string>).toString()
      return text === '' ? '' : `?${text}`
    },
    defaultPendingComponent: Waiting,
    defaultErrorComponent: Broken,
    defaultPreload: 'intent',
  })
}

/** The page with the parts that others add to it; both are fetched when one is about to come. */
function componentOf({ load, parts = {} }: PageRoute) {
  const Page = lazyRouteComponent(load, 'Page')
  const added = Object.entries(parts).map(([name, loadPart]) => [name, lazyRouteComponent(loadPart, 'Part')] as const)
  if (added.length === 0) return Page
  const byName = Object.fromEntries(added)
  const preload = async () => {
    await Promise.all([Page, ...Object.values(byName)].map((one) => one.preload?.()))
  }
  const WithParts = () => (
    <PartsContext value={byName}>
      <Page />
    </PartsContext>
  )
  return Object.assign(WithParts, { preload })
}

function Waiting() {
  return (
    <div className="stack">
      <Skeleton height={26} width={220} />
      <Skeleton height={320} />
    </div>
  )
}

/** A page that broke says so in its place; the rest of the console goes on. */
function Broken({ error, reset }: ErrorComponentProps) {
  const problem =
    error instanceof ApiProblem
      ? error
      : new ApiProblem({
          code: 'page_failed',
          status: 0,
          detail: 'this page could not be shown',
          hint: 'load it again; if it stays, tell who runs the server what you did',
        })
  return <ProblemNote problem={problem} retry={reset} />
}
