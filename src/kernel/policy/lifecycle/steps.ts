import { type AuditEvent, type Context, sealed, transact } from '#kernel/ledger'
import type { TestReport } from '../pack-tests/report.ts'
import { runTests } from '../pack-tests/run-apart.ts'
import { checkPack } from './check.ts'
import {
  PolicyNotAsked,
  PolicyOwnReview,
  PolicyStakeholderUnknown,
  PolicyStepsTooMany,
  PolicyVersionFixed,
} from './errors.ts'
import { PolicyAnswered, PolicyAsked, PolicyAssessed, PolicyChecked, PolicyTested } from './events.ts'
import type { Impact } from './impact.ts'
import type { StepKind } from './model.ts'
import type { Lifecycle } from './services.ts'
import {
  currentSteps,
  insertStep,
  lockVersion,
  requireVersion,
  type StepRow,
  stepsMax,
  stepsOf,
  type VersionRow,
} from './store.ts'
import { targetsOf } from './versions.ts'

/** A draft, to which something is done. */
export async function requireDraft({ db }: Lifecycle, packId: string, version: string): Promise<VersionRow> {
  const row = await requireVersion(db, packId, version)
  if (row.state !== 'draft') throw PolicyVersionFixed({ packId, version })
  return row
}

export interface Done {
  readonly kind: StepKind
  readonly outcome: string
  readonly detail: object
  readonly event: AuditEvent
}

/** Keeps that a step was done to the text of `row`, with its record: a text that was changed meanwhile has not had it. */
export async function keepStep({ db }: Lifecycle, ctx: Context, row: VersionRow, done: Done): Promise<void> {
  await transact(db, ctx, async (tx, record) => {
    const { state } = await lockVersion(tx, row.id)
    if (state !== 'draft') throw PolicyVersionFixed({ packId: row.pack_id, version: row.version })
    const { steps } = await tx
      .selectFrom('policy_step')
      .select((is) => is.fn.countAll<bigint>().as('steps'))
      .where('version_id', '=', row.id)
      .executeTakeFirstOrThrow()
    if (Number(steps) >= stepsMax) throw PolicyStepsTooMany({ max: stepsMax })
    const recordId = record(done.event)
    const { kind, outcome, detail } = done
    await insertStep(tx, { version: row, kind, outcome, byId: ctx.actor.id, atMs: ctx.clock(), detail, recordId })
  })
}

const namesOf = ({ pack_id, version, digest }: VersionRow) => ({ packId: pack_id, version, digest })

/** Checks a draft; its mistakes are told, and kept with the step. */
export async function checkDraft(life: Lifecycle, ctx: Context, row: VersionRow) {
  const { diagnostics, pack } = checkPack(life.ground, row.text, `${row.pack_id}.yaml`)
  const errors = diagnostics.filter((one) => one.severity === 'error').length
  const outcome: 'failed' | 'passed' = pack === undefined ? 'failed' : 'passed'
  const data = { ...namesOf(row), outcome, errors, warnings: diagnostics.length - errors } as const
  const event = PolicyChecked({ targets: targetsOf(row), data })
  await keepStep(life, ctx, row, { kind: 'checked', outcome, detail: { diagnostics }, event })
  return { outcome, diagnostics }
}

export async function testDraft(life: Lifecycle, ctx: Context, row: VersionRow): Promise<TestReport> {
  const { ground } = life
  const input = { text: row.text, tests: row.tests, factsSchema: ground.factsSchema(), example: ground.exampleFacts() }
  const report = await runTests(input)
  const outcome = report.ok ? 'passed' : 'failed'
  const { total, survived } = report.mutants
  const figures = { cases: report.cases.length, mutants: total, survived: survived.length }
  const event = PolicyTested({ targets: targetsOf(row), data: { ...namesOf(row), outcome, ...figures } })
  await keepStep(life, ctx, row, { kind: 'tested', outcome, detail: { report: keptReport(report) }, event })
  return report
}

/** What is worth keeping of a run: the cases that did not hold, and of many the first. */
function keptReport({ cases, ...rest }: TestReport): TestReport {
  return { ...rest, cases: cases.filter((one) => !one.ok).slice(0, keptCasesMax) }
}

const keptCasesMax = 20

/**
 * Asks people what they say to a draft.
 *
 * @throws policy_stakeholder_unknown, policy_own_review when one of them wrote some of it
 */
export async function askAbout(
  life: Lifecycle,
  ctx: Context,
  row: VersionRow,
  { userIds, answerBy }: { readonly userIds: readonly string[]; readonly answerBy?: string | undefined },
): Promise<void> {
  const asked = [...new Set(userIds)]
  const active = await life.db
    .selectFrom('access_user')
    .select('id')
    .where('id', 'in', asked)
    .where('disabled_at', 'is', null)
    .execute()
  const unknown = asked.find((id) => !active.some((one) => one.id === id))
  if (unknown !== undefined) throw PolicyStakeholderUnknown({ userId: unknown })
  if (asked.some((id) => row.authors.includes(id))) throw PolicyOwnReview({})
  const said = { asked, ...(answerBy === undefined ? {} : { answerBy }) }
  const event = PolicyAsked({ targets: targetsOf(row), data: { ...namesOf(row), ...said } })
  await keepStep(life, ctx, row, { kind: 'asked', outcome: 'asked', detail: said, event })
}

export interface Answer {
  readonly answer: 'agree' | 'concern' | 'comment'
  readonly comment: string | null
}

/** @throws policy_not_asked */
export async function answerAbout(life: Lifecycle, ctx: Context, row: VersionRow, given: Answer): Promise<void> {
  const steps = currentSteps(row, await stepsOf(life.db, row.id))
  if (!askedBy(steps).includes(ctx.actor.id)) throw PolicyNotAsked({})
  const { answer, comment } = given
  const sealedComment = comment === null ? null : sealed.text('comment', comment)
  const event = PolicyAnswered({ targets: targetsOf(row), data: { ...namesOf(row), answer, comment: sealedComment } })
  await keepStep(life, ctx, row, { kind: 'answered', outcome: answer, detail: { comment }, event })
}

/** Until when answers are due, as it was last said; steps come newest first. */
export function answerByOf(steps: readonly StepRow[]): string | undefined {
  const said = steps.filter((one) => one.kind === 'asked').map((one) => one.detail['answerBy'])
  return said.find((one) => typeof one === 'string')
}

/** Who was asked by these steps and has not answered. */
export function silentOf(steps: readonly StepRow[]): string[] {
  const answered = new Set(steps.filter((one) => one.kind === 'answered').map((one) => one.by_id))
  return askedBy(steps).filter((id) => !answered.has(id))
}

/** Whom these steps asked. */
export function askedBy(
  steps: readonly { readonly kind: string; readonly detail: Record<string, unknown> }[],
): string[] {
  const asked = steps.filter((one) => one.kind === 'asked').flatMap((one) => one.detail['asked'] ?? [])
  return [...new Set(asked.flat().filter((one) => typeof one === 'string'))]
}

export async function keepImpact(life: Lifecycle, ctx: Context, row: VersionRow, impact: Impact): Promise<void> {
  const { days, decisions, replayed, flips } = impact
  const notReplayable = impact.notReplayable.reduce((total, one) => total + one.decisions, 0)
  const data = { ...namesOf(row), days, decisions, replayed, notReplayable, ...flips }
  const event = PolicyAssessed({ targets: targetsOf(row), data })
  await keepStep(life, ctx, row, { kind: 'assessed', outcome: 'assessed', detail: { impact }, event })
}
