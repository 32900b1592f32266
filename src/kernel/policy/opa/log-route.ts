import { z } from 'zod'
import { type Context, type LedgerTables, route } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import type { Route } from '#platform/http/route.ts'
import { DecisionLogInvalid } from './errors.ts'
import { logBytesMax, takeLog } from './logs.ts'
import type { OpaTables } from './tables.ts'

/** Where an OPA sends its decision log: its service's address is `…/v1/opa`, to which it adds `/logs`. */
export function logRoute(db: Db<OpaTables & LedgerTables>): Route<Context> {
  return route({
    method: 'POST',
    path: '/v1/opa/logs',
    permission: 'opa:log',
    summary: 'takes the decision log of an OPA; each decision is recorded once, without what was asked and answered',
    bytes: {
      contentTypes: ['application/json'],
      description: 'a JSON array of decisions, gzipped as OPA sends it, or plain',
    },
    bodyBytesMax: logBytesMax,
    reply: z.object({ recorded: z.int(), known: z.int() }),
    records: ['opa.decided'],
    errors: [DecisionLogInvalid],
    handler: async (ctx, { bytes, exchange }) =>
      takeLog(db, ctx, bytes, exchange.header('content-encoding') === 'gzip'),
  })
}
