import { preparsePolicySet, preparseSchema, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs'
import type { AccessVerdict, Authorization, DeterminingPolicy, Missing, Question } from '../model.ts'
import { noAnswer } from './answer.ts'
import { fillReason } from './placeholders.ts'
import type { CedarPolicies, CedarPolicy, PermitPart } from './policies.ts'

/** Policies in the caches of the WebAssembly instance. */
export interface LoadedPolicies {
  readonly slot: number
  readonly byId: ReadonlyMap<string, CedarPolicy>
  /** Full names of actions with the number of their set. */
  readonly actions: ReadonlyMap<string, number>
}

export interface Authorizer {
  load(policies: CedarPolicies): LoadedPolicies
  /** Frees what the policies held; the instance keeps its memory for others. */
  unload(loaded: LoadedPolicies): void
  authorize(loaded: LoadedPolicies, request: Question['request']): Authorization
  /** As `authorize`; a denial that no policy forbids says what each permit lacks. */
  explain(loaded: LoadedPolicies, request: Question['request']): AccessVerdict
}

/** The instance is broken, and every later call would throw: the thread has to end. */
export class CedarBroken extends Error {}

const errorCharactersMax = 300

export function createAuthorizer(): Authorizer {
  const free: number[] = []
  let slots = 0
  return {
    load: (policies) => {
      const slot = free.pop() ?? slots++
      return loadInto(slot, policies)
    },
    unload: ({ slot, actions }) => {
      // the caches evict nothing by themselves, and an empty set takes the place of a full one
      for (const number of actions.values())
        guarded(() => preparsePolicySet(setName(slot, number), { staticPolicies: {} }))
      guarded(() => preparseSchema(schemaName(slot), ''))
      free.push(slot)
    },
    authorize,
    explain: (loaded, request) => {
      const answer = authorize(loaded, request)
      const isPlain = answer.decision === 'deny' && answer.determining.length === 0 && answer.errors.length === 0
      return { ...answer, missing: isPlain ? missingOf(loaded, request) : [] }
    },
  }
}

/** One set for each action: Cedar copies the whole set for each call. */
function loadInto(slot: number, { schema, policies }: CedarPolicies): LoadedPolicies {
  expectSuccess(guarded(() => preparseSchema(schemaName(slot), schema)))
  const actions = new Map<string, number>()
  for (const action of new Set(policies.flatMap((one) => one.actions))) {
    const number = actions.size
    const texts = policies.filter((one) => one.actions.includes(action)).map((one) => [one.id, one.text] as const)
    expectSuccess(
      guarded(() => preparsePolicySet(setName(slot, number), { staticPolicies: Object.fromEntries(texts) })),
    )
    actions.set(action, number)
  }
  return { slot, byId: new Map(policies.map((one) => [one.id, one])), actions }
}

function authorize({ slot, byId, actions }: LoadedPolicies, request: Question['request']): Authorization {
  const number = actions.get(request.action)
  const action = readAction(request.action)
  if (number === undefined || action === undefined) return refused('evaluation_error: no policy is about this action')
  const call = {
    principal: request.principal,
    action,
    resource: request.resource,
    context: request.context,
    entities: request.entities,
    preparsedSchemaName: schemaName(slot),
    preparsedPolicySetId: setName(slot, number),
    validateRequest: true,
  }
  // the types of the package know no read-only values
  const answer = guarded(() => statefulIsAuthorized(call as unknown as Parameters<typeof statefulIsAuthorized>[0]))
  if (answer instanceof Error) return refused(`evaluation_error: ${answer.message}`)
  if (answer.type === 'failure')
    return refused(`evaluation_error: ${answer.errors.map((one) => one.message).join('; ')}`)
  const { decision, diagnostics } = answer.response
  const errors = diagnostics.errors.map((one) => shortened(`evaluation_error: ${one.policyId}: ${one.error.message}`))
  const determining = diagnostics.reason
    .flatMap((id) => describePolicy(byId.get(id), request))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  // a policy that could not be evaluated may be the one that forbids, so Cedar's own answer without it does not count
  return { decision: errors.length > 0 ? 'deny' : decision, determining, errors: errors.sort() }
}

function readAction(name: string): { readonly type: string; readonly id: string } | undefined {
  const [, type, id] = /^(.*)::"([^"\\]*)"$/s.exec(name) ?? []
  return type === undefined || id === undefined ? undefined : { type, id }
}

/** At most so many permits are told, those that lack least first. */
const missingMax = 5

/** Asks each condition of each permit by itself. One that cannot be evaluated counts as not met. */
function missingOf({ slot, byId, actions }: LoadedPolicies, request: Question['request']): Missing[] {
  const action = readAction(request.action)
  if (action === undefined || !actions.has(request.action)) return []
  const permits = [...byId.values()].filter((one) => one.effect === 'permit' && one.actions.includes(request.action))
  const asked = permits.flatMap(({ id, parts = [] }) => parts.map((part, at) => ({ name: `${id} ${at}`, id, part })))
  const met = new Set(metParts(slot, asked, { ...request, action }))
  return permits
    .map(({ id, title }) => {
      const unmet = asked.filter((one) => one.id === id && !met.has(one.name)).map((one) => one.part.says)
      return { policy: id, title, unmet }
    })
    .filter((one) => one.unmet.length > 0)
    .sort((a, b) => a.unmet.length - b.unmet.length || (a.policy < b.policy ? -1 : 1))
    .slice(0, missingMax)
}

/** Denials are few, so what asks for their reasons is not kept ready. */
function metParts(
  slot: number,
  asked: readonly { readonly name: string; readonly part: PermitPart }[],
  request: Omit<Question['request'], 'action'> & { readonly action: { readonly type: string; readonly id: string } },
): readonly string[] {
  const call = {
    principal: request.principal,
    action: request.action,
    resource: request.resource,
    context: request.context,
    entities: request.entities,
    preparsedSchemaName: schemaName(slot),
    preparsedPolicySetId: probeName(slot),
    validateRequest: true,
  }
  const staticPolicies = Object.fromEntries(asked.map(({ name, part }) => [name, part.text]))
  expectSuccess(guarded(() => preparsePolicySet(probeName(slot), { staticPolicies })))
  const answer = guarded(() => statefulIsAuthorized(call as unknown as Parameters<typeof statefulIsAuthorized>[0]))
  guarded(() => preparsePolicySet(probeName(slot), { staticPolicies: {} }))
  if (answer instanceof Error || answer.type === 'failure') return []
  return answer.response.diagnostics.reason
}

function describePolicy(policy: CedarPolicy | undefined, request: Question['request']): DeterminingPolicy[] {
  if (policy === undefined) return []
  const { id, effect, severity, reason, title } = policy
  return [{ id, effect, severity, reason: reason === '' ? title : fillReason(reason, request) }]
}

function refused(error: string): Authorization {
  return { ...noAnswer, errors: [shortened(error)] }
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length <= errorCharactersMax
    ? line
    : `${line.slice(0, errorCharactersMax - 1)}…`.replace(/\p{Surrogate}/gu, '\ufffd')
}

/**
 * Calls into WebAssembly. What it cannot take it throws as an error or a text, which is answered; a trap is thrown on.
 *
 * @throws CedarBroken
 */
export function guarded<T>(call: () => T): T | Error {
  try {
    return call()
  } catch (error) {
    if (error instanceof RangeError || (error instanceof Error && error.name === 'RuntimeError'))
      throw new CedarBroken('the Cedar instance is broken', { cause: error })
    return error instanceof Error ? error : new Error(String(error))
  }
}

function expectSuccess(answer: { readonly type: string } | Error): void {
  if (answer instanceof Error) throw answer
  if (answer.type !== 'success') throw new Error('Cedar refuses policies that it accepted before')
}

function probeName(slot: number): string {
  return `probes ${slot}`
}

function schemaName(slot: number): string {
  return `schema ${slot}`
}

function setName(slot: number, number: number): string {
  return `policies ${slot} ${number}`
}
