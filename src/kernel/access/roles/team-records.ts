import { z } from 'zod'
import {
  type Context,
  findRecords,
  type Ledger,
  RecordPage,
  RecordSearch,
  route,
  SearchCursorInvalid,
  SearchTooSlow,
} from '#kernel/ledger'
import type { Route } from '#platform/http/route.ts'
import { AccessDenied } from '../errors.ts'
import type { RoleChanges } from './changes.ts'
import { TeamNotFound } from './errors.ts'
import { getTeam } from './teams.ts'

/** The audit records of a team: those about its repositories. */
export function teamRecordsRoute({ db, authority, ledger }: RoleChanges & { readonly ledger: Ledger }): Route<Context> {
  return route({
    method: 'GET',
    path: '/v1/teams/{id}/records',
    permission: 'team-audit:read',
    summary: "searches the audit records about a team's repositories, newest first; the read is recorded",
    params: z.object({ id: z.string().regex(/^[\w-]{1,100}$/) }),
    query: RecordSearch,
    reply: RecordPage,
    records: ['ledger.read', 'ledger.read-more', 'access.denied'],
    errors: [TeamNotFound, AccessDenied, SearchCursorInvalid, SearchTooSlow],
    handler: async (ctx, { params: { id }, query }) => {
      const team = await getTeam(db, id)
      await authority.require(ctx, 'team-audit:read', { type: 'Team', id, team: id })
      if (team.repositories.length === 0) return { items: [], next: null }
      const targets = team.repositories.map((one) => `repository:${one}`)
      return findRecords({ db, ledger }, ctx, query, { targets, word: `team=${id}` })
    },
  })
}
