import type { Context } from '#kernel/ledger'
import type { Route } from '#platform/http/route.ts'
import { packRoutes } from './pack-routes.ts'
import { rolloutRoutes } from './rollout-routes.ts'
import type { Lifecycle } from './services.ts'
import { stepRoutes } from './step-routes.ts'

/** Policies as objects with a life: drafts, what is done to them, publication, roll-out. */
export function lifecycleRoutes(life: Lifecycle): Route<Context>[] {
  return [...packRoutes(life), ...stepRoutes(life), ...rolloutRoutes(life)]
}
