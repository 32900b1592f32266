import type { AccessAnswer, AccessTables } from '#kernel/access'
import type { LedgerTables } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import type { AccessSet } from '../authority/access-set.ts'
import type { RolesAuthority } from '../authority/authority.ts'
import type { AccessSource } from '../authority/compose.ts'
import { matrixOf } from '../authority/matrix.ts'
import { loaded, principalOf } from '../authority/routes.ts'
import { AccessQuestionInvalid } from '../errors.ts'
import { SearchUnsupported } from './errors.ts'
import type { Told } from './events.ts'
import type { DecisionPoint } from './protocol.ts'
import type { Decision, Evaluation } from './shapes.ts'
import { statedAttrs, statedContext } from './stated.ts'

export interface PointServices {
  readonly db: Db<AccessTables & LedgerTables>
  readonly authority: RolesAuthority
  readonly sources: () => readonly AccessSource[]
}

/** What a role alone decides is asked about this. */
const organization = 'Organization'
const organizationId = 'organization'
const kinds = ['user', 'agent', 'service'] as const
type Kind = (typeof kinds)[number]

/**
 * Our policies of roles behind AuthZEN. Subjects are our users, agents and services by their ids, actions our permissions and
 * those of domains, resources `Organization` and the things of domains. What the asking side says of a thing counts where
 * the thing is kept elsewhere, as an environment is; subjects, and what can be looked up here, are as they are known here.
 *
 * @param told gets each decision, for the record of it
 */
export function createDecisionPoint(services: PointServices, atMs: number, told: (one: Told) => void): DecisionPoint {
  const { db, authority } = services
  return {
    evaluate: async (evaluation) => {
      const one = await answerTo(services, evaluation, atMs)
      told(one.told)
      return one.decision
    },
    subjects: async (type, after, limit) => {
      if (!isKind(type)) throw SearchUnsupported({ type })
      return idsOf(db, type, after, limit)
    },
    resources: async (type, after, limit) => {
      if (type === organization) return after < organizationId ? [organizationId] : []
      const list = services
        .sources()
        .map((one) => one.access?.list?.[type])
        .find((one) => one !== undefined)
      if (list === undefined) throw SearchUnsupported({ type })
      return list(after, limit)
    },
    actions: async (resourceType) =>
      [...actionsOf(await authority.set())].flatMap(([name, type]) => (type === resourceType ? [name] : [])),
  }
}

/** Of each action the type of what it is about, in the order of their names. */
function actionsOf(set: AccessSet): ReadonlyMap<string, string> {
  const kept = actions.get(set)
  if (kept !== undefined) return kept
  const found = matrixOf(set, []).actions.map((one) => [one.name, one.resourceType ?? organization] as const)
  const made = new Map(found)
  actions.set(set, made)
  return made
}

const actions = new WeakMap<AccessSet, ReadonlyMap<string, string>>()

interface Answered {
  readonly decision: Decision
  readonly told: Told
}

async function answerTo(services: PointServices, evaluation: Evaluation, atMs: number): Promise<Answered> {
  const { db, authority, sources } = services
  const { subject, action, resource } = evaluation
  const about: { -readonly [K in 'subject' | 'action' | 'resource']: Told[K] } = {
    subject: undefined,
    action: undefined,
    resource: undefined,
  }
  try {
    const set = await authority.set()
    const type = actionsOf(set).get(action.name)
    if (type === undefined) throw AccessQuestionInvalid({ reason: 'there is no such action' })
    about.action = action.name
    if (!isKind(subject.type))
      throw AccessQuestionInvalid({ reason: 'a subject is of the type user, agent or service' })
    const who = await principalOf(db, subject.id)
    if (who.kind !== subject.type) throw AccessQuestionInvalid({ reason: 'the subject is of another type' })
    about.subject = { type: subject.type, id: who.id }
    if (resource.type !== type) throw AccessQuestionInvalid({ reason: `the action is about \`${type}\`` })
    if (type === organization && resource.id !== organizationId)
      throw AccessQuestionInvalid({ reason: `the one \`${organization}\` here is \`${organizationId}\`` })
    const { schema } = set.policies
    const given = { type, id: resource.id, attrs: statedAttrs(schema, type, resource.properties), ...teamOf(resource) }
    const asked = await loaded(sources(), type === organization ? null : type, given, { userId: who.id, atMs })
    about.resource = { type: asked.type, id: asked.id }
    const context = statedContext(schema, action.name, evaluation.context)
    const answer = await authority.askAbout(who, action.name, asked, context, atMs)
    return { decision: decisionOf(answer), told: { ...about, ...toldOf(answer) } }
  } catch (error) {
    return failed(error, about)
  }
}

/** Roles that somebody holds in a team count for what belongs to it. */
function teamOf({ properties = {} }: Evaluation['resource']): { readonly team?: string } {
  const { team } = properties
  return typeof team === 'string' ? { team } : {}
}

function decisionOf({ decision, determining, missing, errors }: AccessAnswer): Decision {
  if (decision === 'allow') return { decision: true }
  const reasons = determining.map((one) => one.reason)
  const unmet = missing.map((one) => `${one.title}: needs ${one.unmet.join(' and ')}`)
  const failures = errors.length > 0 ? ['the policies could not be asked'] : []
  return {
    decision: false,
    context: {
      reasons: [...failures, ...(reasons.length > 0 ? reasons : unmet)].slice(0, 20),
      policies: determining.map((one) => one.id).slice(0, 20),
    },
  }
}

function toldOf({ decision, determining, errors, revision }: AccessAnswer) {
  return { decision, determining: determining.map((one) => one.id), errors, policyRevision: revision }
}

/** Whatever cannot be asked is denied; what is wrong with the question is said, and nothing of what went wrong here. */
function failed(error: unknown, about: Pick<Told, 'subject' | 'action' | 'resource'>): Answered {
  const isTheirs = AccessQuestionInvalid.is(error)
  const message = isTheirs ? String(error.facts['reason']) : 'the policies could not be asked'
  const context = { reasons: [message], policies: [], error: { status: isTheirs ? 404 : 500, message } }
  const told = { ...about, decision: 'deny' as const, determining: [], policyRevision: '' }
  return {
    decision: { decision: false, context },
    told: { ...told, errors: [isTheirs ? 'question_invalid' : 'engine_unanswered'] },
  }
}

function isKind(type: string): type is Kind {
  return (kinds as readonly string[]).includes(type)
}

async function idsOf(db: Db<AccessTables>, kind: Kind, after: string, limit: number): Promise<string[]> {
  const programs = ['agent', 'service']
  const rows = await db
    .selectFrom('access_user')
    .select('id')
    .where('disabled_at', 'is', null)
    .where('id', '>', after)
    .where((is) => (kind === 'user' ? is('role', 'not in', programs) : is('role', '=', kind)))
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => row.id)
}
