import { z } from 'zod'
import { canonicalize, type Json, JsonInvalid, parseStrict } from '#platform/canonical-json.ts'
import { digestOf } from './digest.ts'
import type { Question } from './model.ts'
import { BoundAnswer } from './opa/answer.ts'

/** A question as it is sent to the engine, sealed for replay, and put into evidence packs. */
export interface QuestionText {
  /** RFC 8785 JSON of `{exceptions, facts, gate, opa, request}`, without `opa` where no engine is bound. */
  readonly text: string
  readonly digest: string
  readonly factsDigest: string
}

export const questionBytesMax = 4 * 1024 * 1024
const questionDepthMax = 60
/** Engines that may be bound to one gate. */
export const boundEnginesMax = 20

/** Whoever decides on a question writes it, and whoever records the decision: the same object is written once. */
const texts = new WeakMap<Question, QuestionText>()

/**
 * What is asked must not change any more.
 *
 * @throws json_invalid when the facts hold what JSON cannot: NaN, undefined, half a surrogate pair
 */
export function questionText(question: Question): QuestionText {
  const known = texts.get(question)
  if (known !== undefined) return known
  const text = writeQuestion(question)
  texts.set(question, text)
  return text
}

function writeQuestion({ gate, facts, exceptions, opa, request }: Question): QuestionText {
  const canonicalFacts = canonicalize(facts)
  const rest = [
    canonicalize(exceptions as unknown as Json),
    JSON.stringify(gate),
    opa === undefined || opa.length === 0 ? '' : `"opa":${canonicalize(opa)},`,
    canonicalize(request as unknown as Json),
  ]
  // the members in the order of their names, as RFC 8785 has them; the facts are the most of it and are written once
  const text = `{"exceptions":${rest[0]},"facts":${canonicalFacts},"gate":${rest[1]},${rest[2]}"request":${rest[3]}}`
  if (Buffer.byteLength(text) > questionBytesMax)
    throw JsonInvalid({ reason: `a question to the policy engine is larger than ${questionBytesMax} bytes` })
  return { text, digest: digestOf(text), factsDigest: digestOf(canonicalFacts) }
}

const Entity = z.strictObject({ type: z.string(), id: z.string() })
const json = z.unknown() as z.ZodType<Json>

const QuestionShape = z.strictObject({
  gate: z.enum(['merge', 'deploy']),
  facts: json,
  exceptions: z.array(
    z.strictObject({
      id: z.string(),
      rule: z.string(),
      fingerprint: z.string().nullable(),
      requester: z.string(),
      approver: z.string(),
      expiresAt: z.string(),
      compensatingControls: z.array(z.union([z.string(), z.strictObject({ rule: z.string() })])),
    }),
  ),
  opa: z.array(BoundAnswer).max(boundEnginesMax).optional(),
  request: z.strictObject({
    principal: Entity,
    action: z.string(),
    resource: Entity,
    entities: z.array(z.strictObject({ uid: Entity, attrs: z.record(z.string(), json), parents: z.array(Entity) })),
    context: z.record(z.string(), json),
  }),
})

/**
 * A question from its text, which may come from a pack that somebody sent.
 *
 * @throws json_invalid
 */
export function readQuestion(text: string): Question {
  const parsed = QuestionShape.safeParse(parseStrict(text, { maxBytes: questionBytesMax, maxDepth: questionDepthMax }))
  if (!parsed.success)
    throw JsonInvalid({
      reason: `it is not a question to the policy engine: ${parsed.error.issues[0]?.path.join('.')}`,
    })
  const { opa, ...rest } = parsed.data
  return opa === undefined ? rest : { ...rest, opa }
}

/** A question that `questionText` wrote in this process: its shape is known. */
export function readTrustedQuestion(text: string): Question {
  return JSON.parse(text)
}
