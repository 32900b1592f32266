import { type Context, transact } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import type { Caller } from '../model.ts'
import { holdUser } from '../store.ts'
import { lockLiving, lockOwn, readAgent, requirePerson, requireSponsor, type Tables } from './agents.ts'
import { isPerson } from './delegation.ts'
import { endTokensOfAgent } from './ending.ts'
import { HandoverNotOffered, SponsorUnfit } from './errors.ts'
import { handoverAccepted, handoverDeclined, handoverOffered } from './events.ts'
import type { Agent } from './model.ts'
import { updateAgent } from './store.ts'

/**
 * Asks a person to become the sponsor; a later question takes the place of one that waits.
 *
 * @throws person_needed, sponsor_unfit, agent_not_found, agent_over, agent_not_yours
 */
export async function offerHandover(
  db: Db<Tables>,
  ctx: Context,
  caller: Caller,
  id: string,
  userId: string,
): Promise<Agent> {
  requirePerson(caller)
  await transact(db, ctx, async (tx, record) => {
    if (!isPerson(userId) || !(await holdUser(tx, userId))) throw SponsorUnfit({ userId })
    const agent = await lockOwn(tx, caller, id)
    if (agent.sponsor_user_id === userId) throw SponsorUnfit({ userId })
    await updateAgent(tx, id, { handover_user_id: userId })
    record(handoverOffered(id, userId))
  })
  return readAgent(db, ctx, id)
}

/**
 * The answer of who was asked. With a new sponsor the keys and tokens end which the one before may know, and so does the suspension
 * of an agent whose sponsor had left.
 *
 * @throws person_needed, sponsor_unfit, agent_limit, agent_not_found, agent_over, handover_not_offered
 */
export async function answerHandover(
  db: Db<Tables>,
  ctx: Context,
  caller: Caller,
  id: string,
  accept: boolean,
): Promise<Agent> {
  requirePerson(caller)
  await transact(db, ctx, async (tx, record) => {
    // before the agent, as a deactivation takes them
    if (accept) await requireSponsor(tx, caller.userId)
    const agent = await lockLiving(tx, id)
    if (agent.handover_user_id !== caller.userId) throw HandoverNotOffered({ agentId: id })
    if (!accept) {
      await updateAgent(tx, id, { handover_user_id: null })
      record(handoverDeclined(id, caller.userId))
      return
    }
    await updateAgent(tx, id, {
      sponsor_user_id: caller.userId,
      handover_user_id: null,
      public_key: null,
      ...(agent.suspended_why === 'sponsor-left' ? { suspended_at: null, suspended_why: null } : {}),
    })
    record(handoverAccepted(id, caller.userId, await endTokensOfAgent(tx, ctx, id, 'all')))
  })
  return readAgent(db, ctx, id)
}
