import { z } from 'zod'
import { type Context, type LedgerTables, transact } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { agentTokenEnded } from '../agents/events.ts'
import { scopesNow } from '../agents/held.ts'
import { sessionEnded, tokenRevoked } from '../events.ts'
import { asUser } from '../service.ts'
import { type AccessTables, endToken, findLiveToken } from '../store.ts'
import { hashToken, readToken } from '../token.ts'
import { findExchanged, type OwnReader } from './own-proof.ts'

type Tables = AccessTables & LedgerTables

interface Act {
  readonly sub: string
  readonly act?: Act | undefined
}

const Act: z.ZodType<Act> = z.object({ sub: z.string(), act: z.lazy(() => Act).optional() }).meta({ id: 'ActorClaim' })

/** RFC 7662 section 2.2, with `act` of RFC 8693 section 4.1, `cnf` of RFC 8705 section 3.2, and `task`, `tools`, `on_behalf_of` of ours. */
export const Introspection = z
  .object({
    active: z.boolean(),
    scope: z.string().optional(),
    token_type: z.literal('Bearer').optional(),
    exp: z.int().optional(),
    iat: z.int().optional(),
    sub: z.string().optional(),
    aud: z.string().optional(),
    iss: z.string().optional(),
    jti: z.string().optional(),
    act: Act.optional(),
    cnf: z.object({ 'x5t#S256': z.string() }).optional(),
    /** The person for whom whoever holds it acts. */
    on_behalf_of: z.string().optional(),
    task: z.string().optional(),
    tools: z.array(z.string()).optional(),
  })
  .meta({ id: 'Introspection' })
export type Introspection = z.infer<typeof Introspection>

const told = ['api', 'session', 'agent', 'sts'] as const

function kindOf(token: string): (typeof told)[number] | undefined {
  const kind = readToken(token)
  return told.find((one) => one === kind)
}

/** What a token of ours may do, and for whom, at this moment; nothing of one that is not alive, or whose agent may not act. */
export async function introspect(
  { db, clock, permissionsOf }: OwnReader,
  token: string,
  own: string,
): Promise<Introspection> {
  const kind = kindOf(token)
  const found = kind === undefined ? undefined : await findLiveToken(db, hashToken(token), clock())
  if (kind === undefined || found === undefined || found.kind !== kind || found.is_browser) return { active: false }
  const exchanged = await findExchanged(db, found.id)
  const onBehalfOf = exchanged === undefined ? found.sponsor_user_id : exchanged.on_behalf_of
  return {
    active: true,
    scope: (await scopesNow(db, permissionsOf, found, kind)).join(' '),
    token_type: 'Bearer',
    exp: Math.floor(found.expires_at.getTime() / 1000),
    iat: Math.floor(found.created_at.getTime() / 1000),
    sub: exchanged?.subject_user_id ?? found.user_id,
    aud: exchanged?.audience ?? own,
    iss: own,
    jti: found.id,
    ...(onBehalfOf === null ? {} : { on_behalf_of: onBehalfOf }),
    ...(exchanged === undefined ? {} : exchangedFacts(exchanged)),
  }
}

type Exchanged = NonNullable<Awaited<ReturnType<typeof findExchanged>>>

function exchangedFacts({ actors, certificate_hash: hash, task, tools }: Exchanged): Partial<Introspection> {
  const act = [...actors].reverse().reduce<Act | undefined>((before, sub) => ({ sub, act: before }), undefined)
  return {
    ...(act === undefined ? {} : { act }),
    ...(hash === null ? {} : { cnf: { 'x5t#S256': hash } }),
    ...(task === null ? {} : { task }),
    ...(tools === null ? {} : { tools }),
  }
}

/**
 * Ends a token for whoever holds it (RFC 7009), also while its agent may not act; what is none of ours, or has ended, is as good.
 * The session of a browser ends by signing out.
 */
export async function revokeHeld(db: Db<Tables>, ctx: Context, token: string): Promise<void> {
  const kind = kindOf(token)
  if (kind === undefined) return
  const found = await db
    .selectFrom('access_token as t')
    .innerJoin('access_user as u', 'u.id', 't.user_id')
    .select(['t.id', 't.kind', 't.user_id', 'u.role'])
    .where('t.secret_hash', '=', hashToken(token))
    .where('t.is_browser', '=', false)
    .where('t.revoked_at', 'is', null)
    .executeTakeFirst()
  if (found === undefined || found.kind !== kind) return
  const { id, user_id: userId, role } = found
  const gone = new Error('somebody else ended it')
  await transact(db, actingAs(ctx, userId, role), async (tx, record) => {
    if (!(await endToken(tx, id, ctx.clock()))) throw gone
    if (userId.startsWith('agt_')) record(agentTokenEnded(userId, id, kind === 'agent' ? 'key' : 'exchanged'))
    else record(kind === 'session' ? sessionEnded(userId, id) : tokenRevoked(userId, id))
  }).catch((error: unknown) => {
    if (error !== gone) throw error
  })
}

function actingAs(ctx: Context, id: string, role: string): Context {
  const kind = id.startsWith('agt_') ? 'agent' : id.startsWith('svc_') ? 'service' : 'user'
  const base = asUser(ctx, { id, role })
  return { ...base, actor: { ...base.actor, kind } }
}
