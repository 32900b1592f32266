import { createHash } from 'node:crypto'
import { findRepository, RangeEmpty, RepositoryNotFound, readCommitChange, readRange } from '#domains/changes'
import { requireSecondPerson, teamOf, usersWithMail } from '#kernel/access'
import { type Context, transact } from '#kernel/ledger'
import { findDecision } from '#kernel/policy'
import { canonicalize, type Json } from '#platform/canonical-json.ts'
import { newId } from '#platform/ids.ts'
import type { ExceptionServices } from '../services.ts'
import { isStillApproved } from './approvals.ts'
import { OverrideInvalid, OverrideNever, OverrideOpen } from './errors.ts'
import { overrideRequested } from './events.ts'
import { type AskOverride, approverRoles, approversNeeded, type GateOverride, leadRoles, overrideMs } from './model.ts'
import { readOverride } from './read.ts'
import { listOpen, lockCommit } from './store.ts'

/**
 * Asks to let one failed run of the merge gate through once: exactly this commit, held back by exactly these rules.
 *
 * @throws repository_not_found, override_invalid, override_never, override_open, second_person_required, repository_unreadable
 */
export async function askOverride(options: ExceptionServices, ctx: Context, input: AskOverride): Promise<GateOverride> {
  const { db } = options
  const { repositoryId, commit, decisionId } = input
  const repository = await findRepository(db, repositoryId)
  if (repository === undefined) throw RepositoryNotFound({ repositoryId })
  const rules = await heldIn(options, input)
  const authors = await usersWithMail(db, await addressesIn(repository, commit))
  const team = await teamOf(db, repositoryId)
  const except = [ctx.actor.id, ...authors]
  await requireSecondPerson(db, approversNeeded, approverRoles, except, team)
  await requireSecondPerson(db, 1, leadRoles, except, team)
  const id = newId('ovr')
  const proposal = canonicalize({ ...input, id, rules, requester: ctx.actor.id } as unknown as Json)
  const digest = `sha256:${createHash('sha256').update(proposal).digest('hex')}`
  const now = new Date(ctx.clock())
  await transact(db, ctx, async (tx, record) => {
    await lockCommit(tx, commit)
    // one whose approvals count no more lets nothing through, and stands in nobody's way
    for (const open of await listOpen(tx, repositoryId, commit, now))
      if (open.state === 'asked' || (await isStillApproved(tx, open))) throw OverrideOpen({ overrideId: open.id })
    await tx
      .insertInto('gate_override')
      .values({
        ...{ id, proposal, digest, repository_id: repositoryId, commit_oid: commit, decision_id: decisionId },
        ...{ held: rules, requester: ctx.actor.id, authors, state: 'asked' },
        ...{ asked_at: now, expires_at: new Date(now.getTime() + overrideMs) },
      })
      .execute()
    record(overrideRequested({ id, digest, repositoryId, commit, decisionId }, rules, proposal))
  })
  return readOverride(options, ctx, id)
}

/** The rules that held the commit back in the decision, when all of them may be let through. */
async function heldIn({ db, findRule }: ExceptionServices, input: AskOverride): Promise<string[]> {
  const { repositoryId, commit, decisionId } = input
  const decision = await findDecision(db, decisionId)
  const isAbout = [`commit:${commit}`, `repository:${repositoryId}`].every((one) => decision?.targets.includes(one))
  if (decision === undefined || !isAbout || decision.gate !== 'merge')
    throw OverrideInvalid({ reason: `\`${decisionId}\` is no decision of the merge gate about this commit` })
  if (decision.decision === 'allow') throw OverrideInvalid({ reason: `\`${decisionId}\` allowed it` })
  if (decision.errors.length > 0 || decision.authorized.errors.length > 0)
    throw OverrideInvalid({ reason: `\`${decisionId}\` could not be made, so nobody knows what holds it back` })
  const forbid = decision.authorized.determining.find((one) => one.effect === 'forbid')
  if (forbid !== undefined) throw OverrideNever({ rule: forbid.id })
  const held = decision.rules.filter((one) => one.mode === 'enforce' && isHolding(one.status)).map((one) => one.id)
  for (const rule of held) {
    if ((await findRule(repositoryId, rule))?.exception !== 'allowed') throw OverrideNever({ rule })
  }
  return held
}

function isHolding(status: string): boolean {
  return status === 'fail' || status === 'unknown' || status === 'error'
}

/** Of everybody who wrote what the commit brings to the branch that is governed, or the commit alone once it is there. */
async function addressesIn(
  { path, branch }: { readonly path: string; readonly branch: string | null },
  commit: string,
): Promise<string[]> {
  const { author, commits, parties } = await readBrought(path, branch, commit)
  const people = [author, ...parties.coAuthors, ...commits.flatMap((one) => [one.author, one.committer])]
  return people.map((one) => one.email)
}

async function readBrought(path: string, branch: string | null, commit: string) {
  if (branch === null) return readCommitChange({ path, commit })
  try {
    return await readRange({ path, base: branch, head: commit })
  } catch (error) {
    if (!RangeEmpty.is(error)) throw error
    return readCommitChange({ path, commit })
  }
}
