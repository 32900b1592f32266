import {
  type Approval,
  type Assertion,
  type Authority,
  approvalsByRole,
  approvalsOf,
  personNames,
  RevisionOther,
  requireSecondPerson,
  takeApproval,
} from '#kernel/access'
import { type Context, type RecordEvent, transact } from '#kernel/ledger'
import type { Db, Write } from '#platform/database.ts'
import { toPage } from '#platform/http/page.ts'
import { newId } from '#platform/ids.ts'
import { momentOf, readMoment } from './cursors.ts'
import { checkDocument, diffOf, written } from './document.ts'
import { CharterProposalClosed, CharterProposalNotFound, CharterProposalOpen, CharterUnchanged } from './errors.ts'
import { charterAdopted, charterProposed, charterRejected, charterWithdrawn } from './events.ts'
import type { Charter, Proposal, ProposalDetail } from './model.ts'
import * as store from './store.ts'
import { type Tables, versionInForce } from './versions.ts'

/** Who may approve a version of the charter, in the whole organisation. */
const charterApprovers = ['owner', 'compliance-officer', 'security', 'tech-lead'] as const
const subjectType = 'charter-version'
const approvalsNeeded = 2

export interface Proposals {
  readonly db: Db<Tables>
  readonly authority: Authority
  /** Clauses that rules of the product enforce, which no version can leave out. */
  readonly enforced: () => ReadonlySet<string>
}

/**
 * Proposes a new version, for two others to approve.
 *
 * @throws charter_missing, charter_invalid, charter_unchanged, second_person_required, charter_proposal_open
 */
export async function proposeCharter(
  { db, enforced }: Proposals,
  ctx: Context,
  { document, reason }: { readonly document: Charter; readonly reason: string },
): Promise<ProposalDetail> {
  checkDocument(document, enforced())
  const { text, digest } = written(document)
  const id = newId('chv')
  await transact(db, ctx, async (tx, record) => {
    const base = await versionInForce(tx)
    if (base.digest === digest) throw CharterUnchanged({})
    await requireSecondPerson(tx, approvalsNeeded, charterApprovers, [ctx.actor.id])
    const row = { id, text, digest, proposer: ctx.actor.id, reason, atMs: ctx.clock() }
    if (!(await store.insertProposal(tx, row)))
      throw CharterProposalOpen({ proposalId: (await store.findOpenProposal(tx)) ?? '' })
    const diff = diffOf(base.document, document)
    const ids = (clauses: readonly { readonly id: string }[]) => clauses.map((one) => one.id)
    const changed = ids(diff.changed.map((one) => one.after))
    record(
      charterProposed(
        id,
        { digest, base: base.number, added: ids(diff.added), removed: ids(diff.removed), changed },
        reason,
      ),
    )
  })
  return readProposal(db, id)
}

/** What one person answers, with the assertion of their passkey over exactly that. */
export interface CharterDecision {
  readonly decision: 'approve' | 'reject'
  readonly digest: string
  readonly assertion: Assertion
}

/**
 * Takes the answer of one who may approve and has not proposed it. With the second approval the version is in force; a rejection
 * ends the proposal.
 *
 * @throws charter_proposal_not_found, charter_proposal_closed, revision_other, access_denied, and those of `takeApproval`
 */
export async function decideCharter(
  { db, authority }: Proposals,
  ctx: Context,
  id: string,
  answer: CharterDecision,
): Promise<ProposalDetail> {
  const known = await store.findProposal(db, id)
  if (known === undefined) throw CharterProposalNotFound({ proposalId: id })
  const resource = async () => ({ type: 'CharterVersion', id, ...resourceOf(known) })
  await authority.act(db, ctx, { action: 'charter:approve', resource }, async (tx, record) => {
    const proposal = await lockOpen(tx, id)
    const { digest } = proposal
    if (digest !== answer.digest) throw RevisionOther({})
    const subject = { type: subjectType, id, digest, decision: answer.decision }
    const approval = await takeApproval(tx, record, ctx, ctx.actor.id, subject, answer.assertion)
    if (answer.decision === 'reject') {
      await store.closeProposal(tx, id, { state: 'rejected', number: null }, ctx.clock())
      record(charterRejected(id, digest, approval.recordId))
      return
    }
    const approvals = await approvalsByRole(tx, subject, charterApprovers)
    if (approvals.length >= approvalsNeeded) await adopt(tx, record, ctx, proposal, approvals)
  })
  return readProposal(db, id)
}

/** A proposal as policies see it. */
export function resourceOf({ proposer }: Proposal) {
  return { team: null, attrs: { proposer } }
}

async function adopt(
  tx: Write<Tables>,
  record: RecordEvent,
  ctx: Context,
  proposal: Proposal,
  approvals: readonly Approval[],
): Promise<void> {
  const number = (await versionInForce(tx)).number + 1
  await store.closeProposal(tx, proposal.id, { state: 'adopted', number }, ctx.clock())
  const refs = approvals.map((one) => one.recordId)
  record(charterAdopted({ ...proposal, number }, refs))
}

/** Takes back what one has proposed. @throws charter_proposal_not_found also for others' proposals, charter_proposal_closed */
export async function withdrawCharter(db: Db<Tables>, ctx: Context, id: string): Promise<ProposalDetail> {
  await transact(db, ctx, async (tx, record) => {
    const proposal = await lockOpen(tx, id, ctx.actor.id)
    await store.closeProposal(tx, id, { state: 'withdrawn', number: null }, ctx.clock())
    record(charterWithdrawn(id, proposal.digest))
  })
  return readProposal(db, id)
}

async function lockOpen(tx: Write<Tables>, id: string, proposer?: string): Promise<Proposal> {
  const proposal = await store.lockProposal(tx, id)
  const isTheirs = proposer === undefined || proposal?.proposer === proposer
  if (proposal === undefined || !isTheirs) throw CharterProposalNotFound({ proposalId: id })
  if (proposal.state !== 'proposed') throw CharterProposalClosed({ state: proposal.state })
  return proposal
}

/** @throws charter_proposal_not_found */
export async function readProposal(db: Db<Tables>, id: string): Promise<ProposalDetail> {
  const proposal = await store.findProposal(db, id)
  if (proposal === undefined) throw CharterProposalNotFound({ proposalId: id })
  const isOpen = proposal.state === 'proposed'
  const approvals = await approvalsOf(db, subjectType, id, proposal.digest, isOpen ? 'counting' : 'all')
  return {
    ...proposal,
    diff: isOpen ? diffOf((await versionInForce(db)).document, proposal.document) : null,
    approvals: approvals.map(({ userId, subject, at, recordId }) => ({
      userId,
      decision: subject.decision,
      at,
      recordId,
    })),
    approvalsNeeded,
    names: await personNames(db, [proposal.proposer, ...approvals.map((one) => one.userId)]),
  }
}

/** Newest first. @throws cursor_invalid */
export async function listProposals(
  db: Db<Tables>,
  {
    limit,
    cursor,
    state,
  }: { readonly limit: number; readonly cursor?: string | undefined; readonly state?: Proposal['state'] | undefined },
): Promise<{ items: Proposal[]; next: string | null }> {
  const before = cursor === undefined ? undefined : readMoment(cursor)
  const rows = await store.listProposals(db, { limit, state, before })
  return toPage(rows, limit, (row) => momentOf({ at: new Date(row.proposedAt), id: row.id }))
}
