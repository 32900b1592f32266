import { createHash } from 'node:crypto'
import { findRepository, RepositoryNotFound } from '#domains/changes'
import { activePeople, requireSecondPerson, teamOf } from '#kernel/access'
import { type Context, transact } from '#kernel/ledger'
import { canonicalize, type Json } from '#platform/canonical-json.ts'
import { timestamp } from '#platform/clock.ts'
import { newId } from '#platform/ids.ts'
import { ExceptionInvalid, ExceptionLimit, ExceptionNever } from './errors.ts'
import { exceptionAsked } from './events.ts'
import { type AskException, dayMs, daysMax, type Exception, openMax } from './model.ts'
import { readException } from './read.ts'
import type { ExceptionServices, ExcusableRule } from './services.ts'
import { countOpen, findException, lockRepository } from './store.ts'

/** Who decides on exceptions from rules of a category; the policies say the same. */
const deciders: Readonly<Record<string, readonly string[]>> = {
  security: ['security'],
  quality: ['tech-lead', 'security'],
  compliance: ['compliance-officer'],
  charter: ['compliance-officer'],
}

/**
 * Asks for an exception; it holds once another person approved it.
 *
 * @throws repository_not_found, exception_invalid, exception_never, exception_limit, second_person_required
 */
export async function askException(options: ExceptionServices, ctx: Context, input: AskException): Promise<Exception> {
  const { db } = options
  const { category } = await excusable(options, ctx, input)
  const team = await teamOf(db, input.repositoryId)
  const roles = ['owner', ...(deciders[category] ?? ['security'])]
  await requireSecondPerson(db, 1, roles, [ctx.actor.id, input.ownerId], team)
  const id = newId('exc')
  const expiresAt = timestamp(Date.parse(input.expiresAt))
  const proposed = { ...input, id, expiresAt, requester: ctx.actor.id }
  const proposal = canonicalize(proposed as unknown as Json)
  const digest = `sha256:${createHash('sha256').update(proposal).digest('hex')}`
  const now = new Date(ctx.clock())
  await transact(db, ctx, async (tx, record) => {
    await lockRepository(tx, input.repositoryId)
    if ((await countOpen(tx, input.repositoryId, now)) >= openMax) throw ExceptionLimit({ max: openMax })
    await tx
      .insertInto('exception')
      .values({
        ...{ id, proposal, digest, category, state: 'asked', renews: input.renews },
        ...{ rule_id: input.ruleId, repository_id: input.repositoryId, fingerprint: input.fingerprint },
        ...{ requester: ctx.actor.id, owner_id: input.ownerId, asked_at: now, expires_at: new Date(expiresAt) },
      })
      .execute()
    record(exceptionAsked({ ...proposed, digest }, proposal))
  })
  return readException(options, ctx, id)
}

/** The rule, when all that is asked for can be. */
async function excusable(options: ExceptionServices, ctx: Context, input: AskException): Promise<ExcusableRule> {
  const { db, findRule } = options
  const { repositoryId, ruleId, ownerId } = input
  if ((await findRepository(db, repositoryId)) === undefined) throw RepositoryNotFound({ repositoryId })
  const rule = await findRule(repositoryId, ruleId)
  if (rule === undefined) throw ExceptionInvalid({ reason: `there is no rule \`${ruleId}\`` })
  if (rule.exception === 'never') throw ExceptionNever({ ruleId })
  const lasts = Date.parse(input.expiresAt) - ctx.clock()
  if (!(lasts > 0)) throw ExceptionInvalid({ reason: '`expiresAt` is past' })
  if (lasts > daysMax * dayMs) throw ExceptionInvalid({ reason: `it would last more than ${daysMax} days` })
  if ((await activePeople(db, [ownerId])).length === 0)
    throw ExceptionInvalid({ reason: `\`${ownerId}\` is no active person` })
  await refuseControls(options, input)
  await refuseRenewal(options, input)
  return rule
}

async function refuseControls({ findRule }: ExceptionServices, input: AskException): Promise<void> {
  for (const control of input.compensatingControls) {
    if (control.kind === 'described') continue
    const { ruleId } = control
    if (ruleId === input.ruleId) throw ExceptionInvalid({ reason: 'a rule cannot make up for itself' })
    if ((await findRule(input.repositoryId, ruleId)) === undefined)
      throw ExceptionInvalid({ reason: `there is no rule \`${ruleId}\` that could make up for it` })
  }
}

async function refuseRenewal({ db }: ExceptionServices, input: AskException): Promise<void> {
  if (input.renews === null) return
  const old = await findException(db, input.renews)
  if (old === undefined) throw ExceptionInvalid({ reason: `there is no exception \`${input.renews}\` to renew` })
  const isSame =
    old.rule_id === input.ruleId && old.repository_id === input.repositoryId && old.fingerprint === input.fingerprint
  if (!isSame) throw ExceptionInvalid({ reason: `\`${old.id}\` is for something else, so this is no renewal of it` })
  if (old.state !== 'approved' && old.state !== 'ended')
    throw ExceptionInvalid({ reason: `\`${old.id}\` is ${old.state}, so it is not renewed` })
}
