import { z } from 'zod'
import type { ErrorDefinition } from '#platform/errors.ts'
import { type Route, routeFor } from '#platform/http/route.ts'
import type { JobDefinition } from '#platform/jobs.ts'
import type { Migration } from '#platform/migrate.ts'
import type { Context } from './context.ts'
import type { EventDefinition } from './event.ts'

/** One capability as the server sees it. What is listed here is what is served, migrated, documented and tested; nothing else is. */
export interface Module {
  readonly name: string
  readonly migrations: readonly Migration[]
  readonly routes: readonly Route<Context>[]
  readonly events: readonly EventDefinition[]
  readonly errors: readonly ErrorDefinition[]
  readonly permissions: readonly Permission[]
  readonly jobs: readonly JobDefinition[]
}

export interface Permission {
  /** `resource:action`. */
  readonly name: string
  readonly about: string
}

/** Declares a route whose handler gets a `Context`. */
export const route = routeFor<Context>(z.object({}))
