import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import { type AuditEvent, type Context, type LedgerTables, sealed, transact } from '#kernel/ledger'
import { canonicalize, type Json, JsonInvalid, parseStrict } from '#platform/canonical-json.ts'
import type { Db } from '#platform/database.ts'
import { digestOf } from '../digest.ts'
import { DecisionLogInvalid } from './errors.ts'
import { OpaDecided } from './events.ts'
import { keepDecisions } from './store.ts'
import type { OpaTables } from './tables.ts'

export const logBytesMax = 1024 * 1024
const unpackedBytesMax = 16 * 1024 * 1024
const decisionsMax = 2000

const json = z.unknown() as z.ZodType<Json>

/** An event of OPA's decision log, as far as it is of use; what else OPA tells, such as who asked, is not looked at. */
const Logged = z.object({
  decision_id: z.string().min(1).max(200),
  timestamp: z.iso.datetime({ offset: true }),
  path: z.string().max(500).optional(),
  bundles: z.record(z.string(), z.object({ revision: z.string().optional() })).optional(),
  revision: z.string().optional(),
  input: json.optional(),
  result: json.optional(),
  erased: z.array(z.string()).max(1000).optional(),
  masked: z.array(z.string()).max(1000).optional(),
})
type Logged = z.infer<typeof Logged>

/**
 * Records what an OPA tells of its decisions, an event each. Input and result are recorded as commitments to their digests,
 * and not kept. One that was told before is not recorded again: OPA sends anew what it did not hear an answer to.
 *
 * @throws opa_log_invalid, and then nothing is recorded
 */
export async function takeLog(
  db: Db<OpaTables & LedgerTables>,
  ctx: Context,
  body: Uint8Array,
  isPacked: boolean,
): Promise<{ recorded: number; known: number }> {
  const decisions = new Map(readLog(body, isPacked).map((one) => [one.decision_id, one]))
  const ids = [...decisions.keys()]
  try {
    return await transact(db, ctx, async (tx, record) => {
      const fresh = ids.length === 0 ? [] : await keepDecisions(tx, ids, new Date(ctx.clock()))
      if (fresh.length === 0) throw new NothingNew()
      for (const id of fresh) record(decided(id, decisions.get(id)))
      return { recorded: fresh.length, known: ids.length - fresh.length }
    })
  } catch (error) {
    if (error instanceof NothingNew) return { recorded: 0, known: ids.length }
    throw error
  }
}

/** Ends a transaction in which there was nothing to record. */
class NothingNew extends Error {}

function readLog(body: Uint8Array, isPacked: boolean): Logged[] {
  const parsed = z.array(Logged).safeParse(jsonOf(isPacked ? unpack(body) : body))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw DecisionLogInvalid({ reason: `\`${issue?.path.join('.')}\` is not what it should be` })
  }
  if (parsed.data.length > decisionsMax)
    throw DecisionLogInvalid({ reason: `it has more than ${decisionsMax} decisions` })
  return parsed.data
}

function unpack(body: Uint8Array): Uint8Array {
  try {
    return gunzipSync(body, { maxOutputLength: unpackedBytesMax })
  } catch (error) {
    const isLarge = error instanceof RangeError
    const reason = isLarge ? `it is larger than ${unpackedBytesMax} bytes unpacked` : 'it is no gzip'
    throw DecisionLogInvalid({ reason }, error)
  }
}

function jsonOf(bytes: Uint8Array): Json {
  try {
    return parseStrict(bytes, { maxBytes: unpackedBytesMax, maxDepth: 60 })
  } catch (error) {
    if (JsonInvalid.is(error)) throw DecisionLogInvalid({ reason: error.message }, error)
    throw error
  }
}

function decided(id: string, decision: Logged | undefined): AuditEvent {
  if (decision === undefined) throw new Error('a decision was noted that nobody told of')
  const { input, result, path = null, erased = [], masked = [] } = decision
  return OpaDecided({
    targets: [{ type: 'opa-decision', id }],
    data: {
      decisionId: id,
      decidedAt: new Date(decision.timestamp).toISOString(),
      path,
      revisions: revisionsOf(decision)
        .map((one) => one.slice(0, 200))
        .slice(0, 8),
      isAllowed: isAllowed(result),
      input: input === undefined ? null : sealed.content('input', digestOf(canonicalize(input))),
      result: result === undefined ? null : sealed.content('result', digestOf(canonicalize(result))),
      hidden: erased.length + masked.length,
    },
  })
}

function revisionsOf({ bundles = {}, revision }: Logged): string[] {
  const named = Object.entries(bundles).flatMap(([name, one]) => (one.revision ? [`${name}=${one.revision}`] : []))
  return named.length === 0 && revision !== undefined && revision !== '' ? [revision] : named.sort()
}

function isAllowed(result: Json | undefined): boolean | null {
  if (typeof result === 'boolean') return result
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return null
  const allow = (result as { readonly [name: string]: Json })['allow']
  return typeof allow === 'boolean' ? allow : null
}
