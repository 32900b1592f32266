import type { Context, RecordEvent } from '#kernel/ledger'
import type { Json } from '#platform/canonical-json.ts'
import type { Db, Write } from '#platform/database.ts'

/** What is to be acted on: the attributes are those that the policies about its type name. */
export interface Resource {
  /** A type of entity, without its namespace: `Exception`. */
  readonly type: string
  readonly id: string
  /** Roles held in this team count, besides those of the whole organisation. */
  readonly team?: string | null
  readonly attrs?: { readonly [name: string]: Json }
}

export interface AccessAnswer {
  readonly decision: 'allow' | 'deny'
  /** The policies that decided; of a denial by default there are none. */
  readonly determining: readonly {
    readonly id: string
    readonly effect: 'permit' | 'forbid'
    readonly reason: string
    readonly severity: string | null
  }[]
  /** Where nothing permits and nothing forbids: what each permit lacks, the nearest first. */
  readonly missing: readonly { readonly policy: string; readonly title: string; readonly unmet: readonly string[] }[]
  /** Why no answer could be given; such a question is denied. */
  readonly errors: readonly string[]
  /** `sha256:…` of the policies that answered. */
  readonly revision: string
}

type Facts = { readonly [name: string]: Json }

/** What somebody is about to do, to what. */
export interface ActedOn<T> {
  readonly action: string
  /** As it is in the transaction; reads by nothing else, for each that acts holds one connection. */
  readonly resource: (tx: Write<T>) => Promise<Resource>
}

/** Who may do what: every domain asks here, and nowhere else. */
export interface Authority {
  /** May whoever acts in `ctx` do `action` to `resource`? Anything that goes wrong denies. */
  ask(ctx: Context, action: string, resource: Resource, context?: Facts): Promise<AccessAnswer>
  /**
   * As `ask`; a denial is recorded.
   *
   * @throws access_denied with the reasons of the policies, or with what is missing
   */
  require(ctx: Context, action: string, resource: Resource, context?: Facts): Promise<AccessAnswer>
  /**
   * Runs `work` in one transaction, with its records, if whoever acts in `ctx` may do what is asked: the question is put within that
   * transaction, and the roles on which its answer rests stay until it is committed. A denial is recorded.
   *
   * @throws access_denied, and what `resource` and `work` throw
   */
  act<T, R>(
    db: Db<T>,
    ctx: Context,
    asked: ActedOn<T>,
    work: (tx: Write<T>, record: RecordEvent) => Promise<R>,
  ): Promise<R>
  /** The permissions that routes ask for, of whoever holds these roles anywhere. */
  permissionsOf(roles: readonly string[]): Promise<readonly string[]>
}
