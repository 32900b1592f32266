import { z } from 'zod'
import type { Json } from '#platform/canonical-json.ts'
import type { ErrorDefinition } from '#platform/errors.ts'
import { type Route, routeFor } from '#platform/http/route.ts'
import type { JobDefinition } from '#platform/jobs.ts'
import type { MigratedModule } from '#platform/migrate.ts'
import type { Context } from './context.ts'
import type { EventDefinition } from './event.ts'

/** One capability as the server sees it. What is listed here is what is served, migrated, documented and tested; nothing else is. */
export interface Module extends MigratedModule {
  readonly routes: readonly Route<Context>[]
  readonly events: readonly EventDefinition[]
  readonly errors: readonly ErrorDefinition[]
  readonly permissions: readonly Permission[]
  readonly jobs: readonly JobDefinition[]
  /** Who may do what to the things of this capability, where a role alone does not decide. */
  readonly access?: AccessPolicies
}

/** Cedar of a module: it joins that of the others into the one set of policies of roles. */
export interface AccessPolicies {
  /** Declarations inside `namespace Countersign`: types of resources, and the actions on them. */
  readonly schema: string
  /** Policies with `@id` and `@title`, a forbid with `@reason` and `@severity` as well. */
  readonly policies: string
  /** Finds a resource by its id as policies see it, so that anyone can ask who may do what to it. */
  readonly load?: Readonly<Record<string, (id: string, asked: AskedAbout) => Promise<LoadedResource | undefined>>>
  /** Ids of what `load` finds, those after one in the order of the database, so that anyone can seek what somebody may act on. */
  readonly list?: Readonly<Record<string, (after: string, limit: number) => Promise<readonly string[]>>>
}

/** For what stands otherwise for each person, such as a tool, and in each team. */
export interface AskedAbout {
  readonly userId: string
  readonly team: string | null
  readonly atMs: number
}

export interface LoadedResource {
  /** The team it belongs to; null where it belongs to none. */
  readonly team: string | null
  readonly attrs: { readonly [name: string]: Json }
}

export interface Permission {
  /** `resource:action`. */
  readonly name: string
  readonly about: string
  /** Who holds it besides the owner, by the name of the role; nobody when absent. */
  readonly roles?: readonly string[]
}

/** Declares a route whose handler gets a `Context`. */
export const route = routeFor<Context>(z.object({}))
