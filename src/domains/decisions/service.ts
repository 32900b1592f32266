import { createHash } from 'node:crypto'
import { type Assertion, type Authority, takeApproval } from '#kernel/access'
import { type Context, type RecordEvent, transact } from '#kernel/ledger'
import { canonicalize } from '#platform/canonical-json.ts'
import type { Db, Write } from '#platform/database.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import { toPage } from '#platform/http/page.ts'
import { newId } from '#platform/ids.ts'
import { DecisionClosed, DecisionInvalid, DecisionNotFound, DecisionOther } from './errors.ts'
import * as events from './events.ts'
import { type Decision, type DecisionState, type RequestDecision, validDaysMax } from './model.ts'
import { decisions, findRow, stateAt, type Tables, toDecision } from './store.ts'

const dayMs = 86_400_000
export const subjectType = 'architecture-decision'

export interface DecisionServices {
  readonly db: Db<Tables>
  readonly authority: Authority
}

/** Asks a tech lead of the team to decide. @throws architecture_decision_invalid */
export async function requestDecision(
  { db }: DecisionServices,
  ctx: Context,
  request: RequestDecision,
): Promise<Decision> {
  const id = newId('adr')
  await refuseUnknown(db, ctx, request)
  const { title, scope, text = null, link = null, teamId, validUntil, supersedes = null } = request
  const repositories = [...new Set(request.repositories)].sort()
  const asked = { id, title, scope, text, link, teamId, repositories, validUntil, supersedes }
  const digest = digestOf(canonicalize(asked))
  await transact(db, ctx, async (tx, record) => {
    await tx
      .insertInto('architecture_decision')
      .values({
        ...{ id, title, scope, body: text, link, team_id: teamId, repositories, supersedes, digest },
        ...{ valid_until: new Date(validUntil), state: 'requested', requester: ctx.actor.id },
        requested_at: new Date(ctx.clock()),
      })
      .execute()
    record(events.decisionRequested({ ...asked, digest }))
  })
  return getDecision(db, ctx, id)
}

/** @throws architecture_decision_invalid */
async function refuseUnknown(
  db: Db<Tables>,
  ctx: Context,
  { teamId, repositories, validUntil, supersedes }: RequestDecision,
): Promise<void> {
  const until = Date.parse(validUntil)
  if (until <= ctx.clock()) throw DecisionInvalid({ reason: 'it would hold for no time' })
  if (until > ctx.clock() + validDaysMax * dayMs)
    throw DecisionInvalid({ reason: 'it would hold for more than a year' })
  const team = await db.selectFrom('access_team').select('id').where('id', '=', teamId).executeTakeFirst()
  if (team === undefined) throw DecisionInvalid({ reason: `there is no team \`${teamId}\`` })
  const theirs = await db
    .selectFrom('access_team_repository')
    .select('repository_id')
    .where('team_id', '=', teamId)
    .execute()
  const known = new Set(theirs.map((one) => one.repository_id))
  const foreign = repositories.find((one) => !known.has(one))
  if (foreign !== undefined) throw DecisionInvalid({ reason: `\`${foreign}\` is no repository of the team` })
  if (supersedes === undefined) return
  const old = await findRow(db, supersedes)
  if (old === undefined || old.team_id !== teamId || old.state !== 'approved' || old.superseded_at !== null)
    throw DecisionInvalid({ reason: `\`${supersedes}\` is no approved decision of this team that could be replaced` })
}

/** What a tech lead answers, with the assertion of their passkey over exactly that. */
export interface DecisionAnswer {
  readonly decision: 'approve' | 'reject'
  /** Of an approval; of a rejection, what would have to change. */
  readonly conditions: string | null
  readonly digest: string
  readonly assertion: Assertion
}

/**
 * Approves, with or without conditions, or rejects what another person asked for. What an approved one supersedes holds no more.
 *
 * @throws architecture_decision_not_found, architecture_decision_closed, architecture_decision_other, access_denied, and those of
 * `takeApproval`
 */
export async function decide(
  { db, authority }: DecisionServices,
  ctx: Context,
  id: string,
  { decision, conditions, digest, assertion }: DecisionAnswer,
): Promise<Decision> {
  const asked = await getDecision(db, ctx, id)
  if (digest !== answerDigest(asked.digest, conditions)) throw DecisionOther({})
  const resource = async () => ({ type: 'ArchitectureDecision', id, ...decisionResource(asked) })
  await authority.act(db, ctx, { action: 'architecture-decision:decide', resource }, async (tx, record) => {
    const subject = { type: subjectType, id, digest, decision }
    const approval = await takeApproval(tx, record, ctx, ctx.actor.id, subject, assertion)
    const answer = { approvalId: approval.id, conditions }
    await close(tx, ctx, id, { state: decision === 'approve' ? 'approved' : 'rejected', conditions })
    if (decision === 'reject') {
      record(events.decisionRejected({ ...asked, digest }, answer))
      return
    }
    if (Date.parse(asked.validUntil) <= ctx.clock()) throw DecisionClosed({ state: 'expired' })
    record(events.decisionApproved({ ...asked, digest }, answer))
    if (asked.supersedes !== null) await supersede(tx, record, ctx, { id, old: asked.supersedes, teamId: asked.teamId })
  })
  return getDecision(db, ctx, id)
}

/** What is signed: what was asked, with the conditions where there are any. */
function answerDigest(request: string, conditions: string | null): string {
  return conditions === null ? request : digestOf(canonicalize({ conditions, request }))
}

/** @throws architecture_decision_closed when another took its place meanwhile */
async function supersede(
  tx: Write<Tables>,
  record: RecordEvent,
  ctx: Context,
  { id, old, teamId }: { readonly id: string; readonly old: string; readonly teamId: string },
): Promise<void> {
  const replaced = await tx
    .updateTable('architecture_decision')
    .set({ superseded_by: id, superseded_at: new Date(ctx.clock()) })
    .where('id', '=', old)
    .where('superseded_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  if (replaced === undefined) throw DecisionClosed({ state: 'about one that was replaced meanwhile' })
  record(events.decisionSuperseded({ id: old, teamId }, id))
}

/** Takes back what one asked for oneself. @throws architecture_decision_not_found also for others', architecture_decision_closed */
export async function withdraw({ db }: DecisionServices, ctx: Context, id: string): Promise<Decision> {
  const asked = await getDecision(db, ctx, id)
  if (asked.requester !== ctx.actor.id) throw DecisionNotFound({ decisionId: id })
  await transact(db, ctx, async (tx, record) => {
    await close(tx, ctx, id, { state: 'withdrawn', conditions: null })
    record(events.decisionWithdrawn(asked))
  })
  return getDecision(db, ctx, id)
}

async function close(
  tx: Write<Tables>,
  ctx: Context,
  id: string,
  outcome: { readonly state: 'approved' | 'rejected' | 'withdrawn'; readonly conditions: string | null },
): Promise<void> {
  const closed = await tx
    .updateTable('architecture_decision')
    .set({ ...outcome, decided_by: ctx.actor.id, decided_at: new Date(ctx.clock()) })
    .where('id', '=', id)
    .where('state', '=', 'requested')
    .returning('id')
    .executeTakeFirst()
  if (closed !== undefined) return
  const now = await findRow(tx, id)
  throw DecisionClosed({ state: now === undefined ? 'gone' : stateAt(now, ctx.clock()) })
}

/** A request as policies see it. */
export function decisionResource({ teamId, requester }: Pick<Decision, 'teamId' | 'requester'>) {
  return { team: teamId, attrs: { requester } }
}

/** @throws architecture_decision_not_found */
export async function getDecision(db: Db<Tables>, ctx: Pick<Context, 'clock'>, id: string): Promise<Decision> {
  const row = await findRow(db, id)
  if (row === undefined) throw DecisionNotFound({ decisionId: id })
  return toDecision(row, ctx.clock())
}

interface Listing {
  readonly state?: DecisionState | undefined
  readonly team?: string | undefined
  readonly repository?: string | undefined
  readonly limit: number
  readonly cursor?: string | undefined
}

/** Newest first. @throws cursor_invalid */
export async function listDecisions(
  { db }: DecisionServices,
  ctx: Context,
  { state, team, repository, limit, cursor }: Listing,
): Promise<{ items: Decision[]; next: string | null }> {
  let query = decisions(db)
  if (state !== undefined) query = inState(query, state, new Date(ctx.clock()))
  if (team !== undefined) query = query.where('d.team_id', '=', team)
  if (repository !== undefined) query = query.where((is) => is(is.val(repository), '=', is.fn.any('d.repositories')))
  if (cursor !== undefined) {
    const before = readCursor(cursor)
    query = query.where((is) => is(is.refTuple('d.requested_at', 'd.id'), '<', is.tuple(before.at, before.id)))
  }
  const rows = await query
    .orderBy('d.requested_at', 'desc')
    .orderBy('d.id', 'desc')
    .limit(limit + 1)
    .execute()
  const { items, next } = toPage(rows, limit, (row) => `${row.requested_at.getTime()}.${row.id}`)
  return { items: items.map((row) => toDecision(row, ctx.clock())), next }
}

/** As `stateAt` says it, for the database. */
function inState(query: ReturnType<typeof decisions>, state: DecisionState, at: Date): ReturnType<typeof decisions> {
  if (state === 'requested' || state === 'rejected' || state === 'withdrawn') return query.where('d.state', '=', state)
  const approved = query.where('d.state', '=', 'approved')
  if (state === 'superseded') return approved.where('d.superseded_at', 'is not', null)
  const standing = approved.where('d.superseded_at', 'is', null)
  if (state === 'expired') return standing.where('d.valid_until', '<=', at)
  return standing.where('d.valid_until', '>', at).where('d.conditions', state === 'approved' ? 'is' : 'is not', null)
}

function readCursor(cursor: string): { at: Date; id: string } {
  const [, ms, id] = /^(\d{1,16})\.(adr_[A-Za-z0-9_-]{1,80})$/.exec(cursor) ?? []
  if (ms === undefined || id === undefined || Number(ms) > 8.64e15) throw CursorInvalid({})
  return { at: new Date(Number(ms)), id }
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}
