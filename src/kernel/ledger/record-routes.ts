import { isUtf8 } from 'node:buffer'
import { z } from 'zod'
import type { Db } from '#platform/database.ts'
import type { Route } from '#platform/http/route.ts'
import type { Context } from './context.ts'
import { AuditRecord, Entry, toBase64 } from './core/index.ts'
import { LogRangeInvalid, RecordNotFound, SearchCursorInvalid, SearchTooSlow } from './errors.ts'
import { route } from './module-type.ts'
import type { Ledger } from './open.ts'
import type { OpenedValue } from './open-payload.ts'
import { noteRead, type Read } from './reads.ts'
import type { SearchFilter } from './search.ts'
import type { LedgerTables } from './tables.ts'

interface RecordRoutes {
  readonly db: Db<LedgerTables>
  readonly ledger: Ledger
}

const word = z.string().min(1).max(200)
const number = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,15})$/)
  .transform(Number)

/** What records are looked for by. */
export const RecordSearch = z.strictObject({
  q: word.optional().describe('words; `"a phrase"`, `-without` and `or` are understood'),
  from: z.iso.datetime({ offset: true }).optional().describe('recorded at or after'),
  to: z.iso.datetime({ offset: true }).optional().describe('recorded before'),
  type: word.optional(),
  actor: word.optional(),
  tool: word.optional(),
  model: word.optional(),
  operation: word.optional(),
  decision: z.enum(['allow', 'deny']).optional(),
  target: word.optional().describe('`type:id`'),
  ref: z.uuid().optional().describe('records that refer to this one'),
  correlation: word.optional(),
  field: word.optional().describe('`path=value` of a scalar in `data`, such as `repository.id=42`'),
  cursor: z.string().max(20).optional(),
  limit: z
    .string()
    .regex(/^([1-9][0-9]?|100)$/)
    .transform(Number)
    .default(50),
})

const Found = z.object({ index: z.int(), record: AuditRecord, signatures: Entry.shape.s }).meta({ id: 'LedgerRecord' })
export const RecordPage = z
  .object({ items: z.array(Found), next: z.string().nullable() })
  .meta({ id: 'LedgerRecordPage' })

const Status = z
  .object({
    origin: z.string(),
    vkey: z.string(),
    sequenced: z.int(),
    published: z.int(),
    root: z.string(),
    publishedAt: z.iso.datetime().nullable(),
    writer: z.object({
      state: z.enum(['stopped', 'standby', 'leading', 'failing', 'halted']),
      problem: z.string().nullable(),
    }),
    index: z.object({ lag: z.int(), deadLetters: z.int() }),
    queued: z.object({ records: z.int(), bytes: z.int() }),
  })
  .meta({ id: 'LedgerStatus' })

const Opened = z
  .object({
    index: z.int(),
    id: z.uuid(),
    opened: z.array(
      z.object({
        pointer: z.string().describe('RFC 6901 pointer into the record'),
        field: z.string(),
        compartment: z.string().describe('what is erased together'),
        salt: z.base64(),
        encoding: z.enum(['utf-8', 'base64']).describe('how `value` stands for the bytes that were committed to'),
        value: z.string(),
      }),
    ),
  })
  .meta({ id: 'OpenedValues' })

const byId = z.object({ id: z.uuid() })
const records = ['ledger.read', 'ledger.read-more']

/** Audit records for people and programs. Every read of one is recorded before the answer leaves. */
export function recordRoutes({ db, ledger }: RecordRoutes): Route<Context>[] {
  const noted = (ctx: Context, read: Read) => noteRead(db, ctx, read)
  return [
    route({
      method: 'GET',
      path: '/v1/ledger/records',
      permission: 'ledger:read',
      summary: 'searches audit records, newest first; the read is recorded',
      query: RecordSearch,
      reply: RecordPage,
      records,
      errors: [SearchCursorInvalid, SearchTooSlow],
      handler: async (ctx, { query }) => findRecords({ db, ledger }, ctx, query),
    }),
    route({
      method: 'GET',
      path: '/v1/ledger/records/{id}',
      permission: 'ledger:read',
      summary: 'one audit record; the read is recorded',
      params: byId,
      reply: Found,
      records,
      errors: [RecordNotFound],
      handler: async (ctx, { params }) => {
        const { index, record, signatures } = await ledger.records.get(ctx.organizationId, params.id)
        await noted(ctx, { filter: [`id=${params.id}`], query: undefined, indexes: [index] })
        return { index, record, signatures }
      },
    }),
    ...oneRecordRoutes({ db, ledger }, noted),
    ...aboutRoutes(ledger),
  ]
}

type Noted = (ctx: Context, read: Read) => Promise<void>

function oneRecordRoutes({ db, ledger }: RecordRoutes, noted: Noted): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/ledger/records/{id}/proof',
      permission: 'ledger:read',
      summary: 'the proof that a record is in the log (C2SP tlog-proof); the read is recorded',
      params: byId,
      reply: { contentType: 'text/plain; charset=utf-8', description: 'a `.tlog-proof` file' },
      records,
      errors: [RecordNotFound],
      handler: async (ctx, { params }) => {
        const { index, proofFile } = await ledger.records.get(ctx.organizationId, params.id)
        await noted(ctx, { filter: [`proof=${params.id}`], query: undefined, indexes: [index] })
        return { content: proofFile, headers: { 'cache-control': 'no-store' } }
      },
    }),
    openingRoute({ db, ledger }),
  ]
}

function openingRoute({ db, ledger }: RecordRoutes): Route<Context> {
  return route({
    method: 'GET',
    path: '/v1/ledger/records/{id}/values',
    permission: 'ledger:open',
    summary:
      'the values behind the commitments of a record, with their salts; erased ones are left out, the read is recorded',
    params: byId,
    reply: Opened,
    records,
    errors: [RecordNotFound],
    handler: async (ctx, { params }) => {
      const { index } = await ledger.records.get(ctx.organizationId, params.id)
      const opened = await ledger.openPayload(ctx.organizationId, params.id)
      await noteRead(db, ctx, { filter: [`values=${params.id}`], query: undefined, indexes: [index] })
      return { index, id: params.id, opened: opened.map(toOpened) }
    },
  })
}

function toOpened({ pointer, field, compartment, salt, value }: OpenedValue) {
  const common = { pointer, field, compartment, salt: toBase64(salt) }
  return isUtf8(value)
    ? { ...common, encoding: 'utf-8' as const, value: Buffer.from(value).toString('utf8') }
    : { ...common, encoding: 'base64' as const, value: toBase64(value) }
}

function aboutRoutes(ledger: Ledger): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/ledger/consistency',
      permission: 'ledger:read',
      summary: 'the proof that the log at one size begins with the log at another (RFC 9162 section 2.1.4)',
      query: z.strictObject({ from: number, to: number }),
      reply: z.object({ from: z.int(), to: z.int(), proof: z.array(z.string()) }).meta({ id: 'ConsistencyProof' }),
      errors: [LogRangeInvalid],
      handler: async (_ctx, { query: { from, to } }) => {
        const proof = await ledger.published.consistency(from, to)
        return { from, to, proof: proof.map(toBase64) }
      },
    }),
    route({
      method: 'GET',
      path: '/v1/ledger/status',
      permission: 'ledger:read',
      summary: 'how far records are sequenced, published and indexed, and who writes the log',
      reply: Status,
      handler: async () => {
        const status = await ledger.status()
        return {
          origin: status.origin,
          vkey: ledger.keys.vkey,
          sequenced: status.sequenced,
          published: status.published,
          root: toBase64(status.root),
          publishedAt: status.publishedAt ?? null,
          writer: { state: status.writer.state, problem: status.writer.problem ?? null },
          index: await ledger.follower.status(),
          queued: status.queued,
        }
      },
    }),
  ]
}

/**
 * A page of records, newest first; the read is recorded.
 *
 * @param about only records with at least one of these targets, each `type:id`, and the word by which the read is recorded
 * @throws SearchCursorInvalid, SearchTooSlow
 */
export async function findRecords(
  { db, ledger }: RecordRoutes,
  ctx: Context,
  query: z.output<typeof RecordSearch>,
  about?: { readonly targets: readonly string[]; readonly word: string },
) {
  const anyOf = about?.targets.map((one) => ['target', one] as const)
  const filter = { ...toFilter(query), anyOf }
  const page = { limit: query.limit, cursor: query.cursor }
  const { items, next } = await ledger.records.find(ctx.organizationId, filter, page)
  const indexes = items.map((one) => one.index)
  const words = about === undefined ? [] : [about.word]
  await noteRead(db, ctx, { filter: [...words, ...describe(filter)], query: filter.query, indexes })
  return { items: [...items], next: next ?? null }
}

function toFilter(query: z.output<typeof RecordSearch>): SearchFilter {
  const exact = ['type', 'actor', 'tool', 'model', 'operation', 'decision', 'target', 'ref', 'correlation'] as const
  const tags = exact.flatMap((name): [string, string][] => {
    const value = query[name]
    return value === undefined ? [] : [[name, value]]
  })
  const [path, ...rest] = query.field?.split('=') ?? []
  if (path !== undefined) tags.push([`data.${path}`, rest.join('=')])
  return { query: query.q, from: query.from, to: query.to, tags }
}

function describe({ from, to, tags }: SearchFilter): string[] {
  const times = [...(from === undefined ? [] : [`from=${from}`]), ...(to === undefined ? [] : [`to=${to}`])]
  return [...tags.map(([name, value]) => `${name}=${value}`.slice(0, 300)), ...times]
}
