import { type AccessTables, type Approval, approvalsByRole, approvalsOf, rolesOf } from '#kernel/access'
import type { Db } from '#platform/database.ts'
import type { Pack } from '../pack/pack.ts'
import { checkPack } from './check.ts'
import { Impact } from './impact.ts'
import type { Weakening } from './model.ts'
import { reviewerRoles } from './roles.ts'
import type { Lifecycle } from './services.ts'
import { askedBy, silentOf } from './steps.ts'
import { currentSteps, type StepRow, stepsOf, type VersionRow } from './store.ts'
import { staticWeakenings, weakeningsOf } from './weakening.ts'

export const reviewsNeeded = 2
export const subjectType = 'policy-version'

/** How far a draft is. */
export interface Readiness {
  readonly steps: readonly StepRow[]
  readonly weakenings: readonly Weakening[]
  /** What is left to do before it can be reviewed. */
  readonly beforeReview: readonly string[]
  /** What reviews are missing, or stand against it. */
  readonly reviews: readonly string[]
  readonly hasSecurity: boolean
}

/** Everything that was done to exactly this text, and what is missing. */
export async function readinessOf(life: Lifecycle, row: VersionRow): Promise<Readiness> {
  const steps = await stepsOf(life.db, row.id)
  const current = currentSteps(row, steps)
  const inForce = (await life.standings.inForce()).find((one) => one.id === row.pack_id)
  const impact = impactOf(current, inForce?.digest ?? null)
  const { pack } = checkPack(life.ground, row.text, row.pack_id)
  // a draft that was not replayed yet has that before it
  const isOpen = row.state === 'draft' && impact === undefined
  const found = (one: Pack) => (isOpen ? staticWeakenings(one, inForce) : weakeningsOf(one, inForce, impact))
  const weakenings = pack === undefined ? [] : found(pack)
  const approvals = await reviewsOf(life.db, row)
  const held = await Promise.all(approvals.map((one) => rolesOf(life.db, one.userId)))
  const hasSecurity = held.flat().some(({ role, teamId }) => role === 'security' && teamId === null)
  const answers = await approvalsOf(life.db, subjectType, row.id, row.digest)
  const isRejected = answers.some((one) => one.subject.decision === 'reject')
  return {
    steps,
    hasSecurity,
    weakenings,
    beforeReview: [
      ...(newest(current, 'checked') === 'passed' ? [] : ['check it, and mend what is wrong']),
      ...(newest(current, 'tested') === 'passed'
        ? []
        : ['test it: every case holds, every rule passes and fails, no mutant survives']),
      ...missingAnswers(current),
      ...(impact === undefined
        ? [`assess its impact on the decisions of at least ${spanMin.days} days, compared with what is in force now`]
        : []),
    ],
    reviews: isRejected
      ? ['somebody rejected this text: change it']
      : missingReviews(approvals.length, weakenings.length > 0 && !hasSecurity),
  }
}

function newest(steps: readonly StepRow[], kind: string): string | undefined {
  return steps.find((one) => one.kind === kind)?.outcome
}

function missingAnswers(steps: readonly StepRow[]): string[] {
  const asked = askedBy(steps)
  if (asked.length === 0) return ['ask somebody whom it concerns']
  const silent = silentOf(steps)
  return silent.length === 0 ? [] : [`wait for the answer of ${silent.slice(0, 5).join(', ')}`]
}

/** A shorter look could leave out what the version would let through. */
const spanMin = { days: 30, decisions: 1000 }

/**
 * Of the replays that are long enough and compared it with what is in force now, the one that lost most denials: another look
 * does not undo what one has shown.
 */
function impactOf(steps: readonly StepRow[], against: string | null): Impact | undefined {
  const impacts = steps.flatMap((step) => {
    const { success, data } = Impact.safeParse(step.kind === 'assessed' ? step.detail['impact'] : undefined)
    const isLong = success && data.days >= spanMin.days && (!data.isLimited || data.decisions >= spanMin.decisions)
    return isLong && data.against === against ? [data] : []
  })
  return impacts.sort((a, b) => b.flips.toAllow - a.flips.toAllow)[0]
}

/** Of this text, by people who may review now, and did not write some of it. */
export async function reviewsOf(
  db: Pick<Db<AccessTables>, 'selectFrom'>,
  { id, digest, authors }: VersionRow,
): Promise<Approval[]> {
  const given = await approvalsByRole(db, { type: subjectType, id, digest }, reviewerRoles)
  return given.filter((one) => !authors.includes(one.userId))
}

export function missingReviews(reviews: number, needsSecurity: boolean): string[] {
  const left = reviewsNeeded - reviews
  return [
    ...(left <= 0 ? [] : [`have ${left} more of those approve it who did not write it`]),
    ...(needsSecurity ? ['it weakens what is in force: have somebody with the role `security` approve it'] : []),
  ]
}
