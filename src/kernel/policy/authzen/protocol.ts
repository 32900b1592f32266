import { canonicalize, type Json, JsonInvalid } from '#platform/canonical-json.ts'
import { digestOf } from '../digest.ts'
import { SearchTokenInvalid } from './errors.ts'
import { type Decision, Evaluation, type Evaluations } from './shapes.ts'

/** Who decides: what the protocol says of asking is apart from what the answers rest on. */
export interface DecisionPoint {
  evaluate(evaluation: Evaluation): Promise<Decision>
  /** Ids of what there is, in their order, after one. @throws authzen_search_unsupported where nobody can list them */
  subjects(type: string, after: string, limit: number): Promise<readonly string[]>
  resources(type: string, after: string, limit: number): Promise<readonly string[]>
  /** Names of the actions on things of a type, in their order. */
  actions(resourceType: string): Promise<readonly string[]>
}

/** The one decision, or those that were made before the semantics of the request ended it. */
export async function evaluateAll(
  point: DecisionPoint,
  { evaluations = [], options, ...defaults }: Evaluations,
): Promise<Decision | { evaluations: Decision[] }> {
  if (evaluations.length === 0) return point.evaluate(Evaluation.parse(defaults))
  const endsAt = ends[options?.evaluations_semantic ?? 'execute_all']
  const decisions: Decision[] = []
  for (const one of evaluations) {
    const evaluation = Evaluation.safeParse({ ...defaults, ...one })
    const decision = evaluation.success ? await point.evaluate(evaluation.data) : wrong(evaluation.error)
    decisions.push(decision)
    if (decision.decision === endsAt) break
  }
  return { evaluations: decisions }
}

const ends = { execute_all: undefined, deny_on_first_deny: false, permit_on_first_permit: true } as const

function wrong(error: { readonly issues: readonly { readonly path: readonly PropertyKey[] }[] }): Decision {
  const at = error.issues[0]?.path.map(String).join('.') ?? ''
  const message = `\`${at.slice(0, 100)}\` is missing or not what it should be`
  return { decision: false, context: { reasons: [message], policies: [], error: { status: 400, message } } }
}

export interface Search {
  /** What was asked, without the page: another question takes no token of this one. */
  readonly asked: Json
  readonly token: string | undefined
  readonly limit: number | undefined
  readonly candidates: (after: string, limit: number) => Promise<readonly string[]>
  readonly evaluation: (candidate: string) => Evaluation
}

export interface Found {
  readonly ids: readonly string[]
  /** Empty when there are no more. */
  readonly nextToken: string
}

const resultsMax = 200
/** Of things that are looked at for one page; a page may have fewer results than it could, and still not be the last. */
const candidatesMax = 1000
const candidatesAtOnce = 100

/** A page of those of the candidates for which the decision is yes. @throws authzen_token_invalid */
export async function search(point: DecisionPoint, asking: Search): Promise<Found> {
  const { asked, token, limit, candidates } = asking
  const digest = digestOf(textOf(asked)).slice('sha256:'.length, 'sha256:'.length + 32)
  const wanted = Math.min(limit ?? resultsMax, resultsMax)
  const ids: string[] = []
  let after = token === undefined ? '' : readToken(token, digest)
  for (let looked = 0; looked < candidatesMax && ids.length < wanted; looked += candidatesAtOnce) {
    const page = await candidates(after, candidatesAtOnce)
    const { found, last } = await permitted(point, asking, page, wanted - ids.length)
    ids.push(...found)
    after = last ?? after
    if (page.length < candidatesAtOnce && last === page.at(-1)) return { ids, nextToken: '' }
  }
  return { ids, nextToken: writeToken(after, digest) }
}

/** The first so many that are permitted, and the last that was looked at. */
async function permitted(point: DecisionPoint, { evaluation }: Search, page: readonly string[], most: number) {
  const found: string[] = []
  let last: string | undefined
  for (const id of page) {
    if (found.length >= most) break
    if ((await point.evaluate(evaluation(id))).decision) found.push(id)
    last = id
  }
  return { found, last }
}

function textOf(asked: Json): string {
  try {
    return canonicalize(asked)
  } catch (error) {
    if (JsonInvalid.is(error)) throw SearchTokenInvalid({}, error)
    throw error
  }
}

function writeToken(after: string, digest: string): string {
  return Buffer.from(`${digest} ${after}`).toString('base64url')
}

function readToken(token: string, digest: string): string {
  const [, of, after] = /^([0-9a-f]{32}) (.*)$/su.exec(Buffer.from(token, 'base64url').toString('utf8')) ?? []
  if (of !== digest || after === undefined) throw SearchTokenInvalid({})
  return after
}
