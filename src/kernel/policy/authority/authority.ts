import {
  type AccessAnswer,
  AccessDenied,
  type AccessTables,
  type ActedOn,
  type Authority,
  everything,
  type HeldRole,
  holdRoles,
  type Resource,
  rolesOf,
} from '#kernel/access'
import { type Context, type LedgerTables, type RecordEvent, transact } from '#kernel/ledger'
import type { Json } from '#platform/canonical-json.ts'
import { type Clock, timestamp } from '#platform/clock.ts'
import type { Db, Write } from '#platform/database.ts'
import type { PolicyEngine } from '../engine/engine.ts'
import type { AccessVerdict, CedarEntity, EntityRef, Question } from '../model.ts'
import type { PolicyTables } from '../records/store.ts'
import type { AccessSet } from './access-set.ts'
import type { AccessSource } from './compose.ts'
import { accessDenied } from './events.ts'
import { openAccessSet } from './open.ts'
import { shortName } from './short-name.ts'

type Tables = PolicyTables & AccessTables & LedgerTables

export interface AuthorityOptions {
  readonly db: Db<Tables>
  readonly engine: PolicyEngine
  readonly clock: Clock
  /** Whose policies and permissions there are; asked once. */
  readonly sources: () => readonly AccessSource[]
}

/** Somebody whom a question is about, who need not be who asks it. */
export interface Principal {
  readonly id: string
  readonly kind: 'user' | 'agent' | 'service'
  readonly sponsor?: string | null
}

export interface RolesAuthority extends Authority {
  /** As `ask`, about anybody. */
  askAbout(
    principal: Principal,
    action: string,
    resource: Resource,
    context: { readonly [name: string]: Json },
    atMs: number,
  ): Promise<AccessAnswer>
  /** The policies in force, compiled. */
  set(): Promise<AccessSet>
}

const failed = (revision: string, error: string): AccessAnswer => ({
  ...{ decision: 'deny', determining: [], missing: [], revision },
  errors: [error],
})

/** Who may do what, by the policies of roles: the same answer for routes, domains, the console and other gateways. */
export function createAuthority(options: AuthorityOptions): RolesAuthority {
  let opened: Promise<AccessSet> | undefined
  const set = () => {
    // what failed once, as a database that is away, is tried again by the next question
    opened ??= openAccessSet(options).catch((error: unknown) => {
      opened = undefined
      throw error
    })
    return opened
  }
  const permissions = new Map<string, readonly string[]>()
  const answer = async (roles: readonly HeldRole[], asked: Omit<Asked, 'held'>): Promise<AccessAnswer> => {
    const known = await set()
    const held = roles.filter((one) => countsFor(asked.resource, one))
    const verdict = await options.engine.authorize(known, requestOf({ ...asked, held }))
    return { ...verdict, revision: known.revision }
  }
  const askAbout: RolesAuthority['askAbout'] = async (principal, action, resource, context, atMs) =>
    answer(await rolesOf(options.db, principal.id), { principal, action, resource, context, atMs })
  const ask: Authority['ask'] = (ctx, action, resource, context = {}) =>
    orDenied(() => askAbout(actingIn(ctx), action, resource, context, ctx.clock()))
  return {
    set,
    askAbout,
    ask,
    require: async (ctx, action, resource, context) => {
      const answer = await ask(ctx, action, resource, context)
      if (answer.decision === 'allow') return answer
      await recordDenial(options.db, ctx, action, resource, answer)
      throw AccessDenied({ action, reasons: reasonsOf(answer) })
    },
    act: async (db, ctx, asked, work) => {
      // read now if ever: whoever acts holds a connection already
      await set().catch(() => undefined)
      return actWhenAllowed(options.db, db, ctx, asked, work, (held, resource) =>
        orDenied(() =>
          answer(held, { principal: actingIn(ctx), action: asked.action, resource, context: {}, atMs: ctx.clock() }),
        ),
      )
    },
    permissionsOf: async (roles) => {
      const { policies } = await set()
      const key = [...roles].sort().join(' ')
      const known = permissions.get(key) ?? permissionsUnder(policies.policies, new Set(roles))
      if (permissions.size > 1000) permissions.clear()
      permissions.set(key, known)
      return known
    },
  }
}

function actingIn({ actor }: Context): Principal {
  return { id: actor.id, kind: actor.kind, sponsor: actor.onBehalfOf }
}

async function orDenied(question: () => Promise<AccessAnswer>): Promise<AccessAnswer> {
  try {
    return await question()
  } catch (error) {
    return failed('', `access_unanswered: ${error instanceof Error ? error.message : 'unknown'}`.slice(0, 300))
  }
}

async function actWhenAllowed<T, R>(
  records: Db<Tables>,
  db: Db<T>,
  ctx: Context,
  { action, resource }: ActedOn<T>,
  work: (tx: Write<T>, record: RecordEvent) => Promise<R>,
  ask: (held: readonly HeldRole[], resource: Resource) => Promise<AccessAnswer>,
): Promise<R> {
  try {
    return await transact(db, ctx, async (tx, record) => {
      const held = await holdRoles(tx, ctx.actor.id)
      const found = await resource(tx)
      const answer = await ask(held, found)
      if (answer.decision === 'deny') throw new Denied(found, answer)
      return work(tx, record)
    })
  } catch (error) {
    if (!(error instanceof Denied)) throw error
    // what was denied changed nothing, so its record is a transaction of its own
    await recordDenial(records, ctx, action, error.resource, error.answer)
    throw AccessDenied({ action, reasons: reasonsOf(error.answer) })
  }
}

class Denied extends Error {
  readonly resource: Resource
  readonly answer: AccessAnswer

  constructor(resource: Resource, answer: AccessAnswer) {
    super('denied')
    this.resource = resource
    this.answer = answer
  }
}

/** Where a role alone decides, it does wherever it is held: what a team may see of is asked of the thing itself. */
export function countsFor({ type, team }: Resource, { teamId }: { readonly teamId: string | null }): boolean {
  return type === organization || teamId === null || teamId === team
}

/** The type of what is acted on where there is no thing. */
export const organization = 'Organization'

/** Actions that some permit gives to one of the roles, whatever else it asks for: what it asks for is asked of the thing itself. */
function permissionsUnder(policies: AccessSet['policies']['policies'], roles: ReadonlySet<string>): string[] {
  const open = policies.filter(
    ({ effect, parts = [] }) =>
      effect === 'permit' &&
      parts.every((part) => part.roles === undefined || part.roles.some((role) => roles.has(role))),
  )
  const names = new Set(open.flatMap((one) => one.actions.map(shortName)))
  const all = new Set(policies.flatMap((one) => one.actions.map(shortName)))
  return names.size === all.size ? [everything] : [...names].sort()
}

const typeName = (name: string) => `Countersign::${name}`
const principalTypes = { user: 'User', agent: 'Agent', service: 'Service' } as const

interface Asked {
  readonly principal: Principal
  readonly held: readonly { readonly role: string; readonly teamId: string | null }[]
  readonly action: string
  readonly resource: Resource
  readonly context: { readonly [name: string]: Json }
  readonly atMs: number
}

function requestOf({ principal, held, action, resource, context, atMs }: Asked): Question['request'] {
  const { id, kind, sponsor } = principal
  const uid: EntityRef = { type: typeName(principalTypes[kind]), id }
  const teams = [...new Set(held.flatMap((one) => (one.teamId === null ? [] : [one.teamId])))]
  const roles = [...new Set(held.map((one) => one.role))]
  const parents = [
    ...roles.map((role) => ({ type: typeName('Role'), id: role })),
    ...teams.map((team) => ({ type: typeName('Team'), id: team })),
  ]
  const attrs: CedarEntity['attrs'] = kind === 'agent' && typeof sponsor === 'string' ? { id, sponsor } : { id }
  const resourceUid = { type: typeName(resource.type), id: resource.id }
  return {
    principal: uid,
    action: `Countersign::Action::"${action}"`,
    resource: resourceUid,
    entities: [
      { uid, attrs, parents },
      // a team may be what is acted on as well
      ...parents
        .filter((one) => one.type !== resourceUid.type || one.id !== resourceUid.id)
        .map((parent) => ({ uid: parent, attrs: {}, parents: [] })),
      { uid: resourceUid, attrs: resource.attrs ?? {}, parents: [] },
    ],
    context: { ...context, now: { __extn: { fn: 'datetime', arg: timestamp(atMs) } } },
  }
}

function reasonsOf({ determining, missing, errors }: AccessAnswer): string[] {
  if (errors.length > 0) return ['the policies could not be asked']
  if (determining.length > 0) return determining.map((one) => one.reason)
  return missing.map((one) => `${one.title}: needs ${one.unmet.join(' and ')}`)
}

async function recordDenial(
  db: Db<Tables>,
  ctx: Context,
  action: string,
  resource: Resource,
  { determining, missing, errors, revision }: AccessAnswer & Pick<AccessVerdict, 'errors'>,
): Promise<void> {
  await transact(db, ctx, async (_tx, record) => {
    record(
      accessDenied({
        action,
        resource,
        determining: determining.map((one) => one.id),
        missing: missing.map((one) => `${one.policy}: ${one.unmet.join('; ')}`),
        errors,
        policyRevision: revision,
      }),
    )
  })
}
