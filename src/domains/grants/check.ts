import { teamOf } from '#kernel/access'
import type { Context, LoadedResource } from '#kernel/ledger'
import { GrantPlaceUnknown } from './errors.ts'
import type { ContextAnswer, ContextCheck, GrantCheck } from './model.ts'
import { nextStart } from './periods-now.ts'
import type { GrantServices } from './standing.ts'
import * as store from './store.ts'
import { askForTool, type ToolAccess } from './tool-access.ts'

/** Grants of one tool that are looked at, the newest first. */
const lookedAt = 10

/**
 * Whether whoever asks may use a tool now: by a grant that runs, with the policies asked again, so that what has changed since it
 * was issued counts at once. With a repository only a grant that holds for it counts.
 */
export async function checkGrant(
  services: GrantServices,
  ctx: Context,
  { tool, repository }: { readonly tool: string; readonly repository?: string | undefined },
): Promise<GrantCheck> {
  const { db } = services
  const userId = ctx.actor.id
  const filter = { userId, tool, state: 'running', limit: lookedAt } as const
  const running = await store.listGrants(db, filter, ctx.clock())
  const team = repository === undefined ? null : await teamOf(db, repository)
  const fitting = running.filter((one) => repository === undefined || holdsFor(one, repository, team))
  let denied: ToolAccess | undefined
  for (const row of fitting) {
    // what is done in a repository is done in its team, also by a grant that names none
    const teamId = row.team_id ?? team
    const access = await askForTool(services, ctx, { tool, teamId })
    if (access.answer.decision === 'allow') return allowedBy(services, ctx, row, teamId)
    denied ??= access
  }
  return denied === undefined ? missing(services, ctx, tool, team) : deny(denied)
}

function holdsFor(row: store.GrantRow, repository: string, team: string | null): boolean {
  if (row.repository_id !== null) return row.repository_id === repository
  return row.team_id === null || row.team_id === team
}

async function allowedBy(
  { db }: GrantServices,
  ctx: Context,
  row: store.GrantRow,
  teamId: string | null,
): Promise<GrantCheck> {
  const now = ctx.clock()
  const end = row.expires_at.getTime()
  const start = await nextStart(db, { userId: row.user_id, teamId }, now, end)
  return {
    ...{ decision: 'allow', code: null, reason: null, grantId: row.id },
    ...{ repositoryId: row.repository_id, teamId: row.team_id, until: new Date(start ?? end).toISOString() },
  }
}

const nothing = { decision: 'deny', grantId: null, repositoryId: null, teamId: null, until: null } as const

function deny({ codes, reasons }: ToolAccess): GrantCheck {
  return { ...nothing, code: codes[0] ?? 'access_denied', reason: reasons.join('; ').slice(0, 1000) }
}

/** Nothing runs: a denial that would stand anyway says more than that. */
async function missing(
  services: GrantServices,
  ctx: Context,
  tool: string,
  teamId: string | null,
): Promise<GrantCheck> {
  const access = await askForTool(services, ctx, { tool, teamId })
  const { codes, answer } = access
  // that no role permits it may be because the team is not known here
  const isForbidden = answer.determining.length > 0 || answer.errors.length > 0
  if (codes.length > 0 && isForbidden) return deny(access)
  const reason = 'you have no grant of this tool that runs: ask for one with `POST /v1/grants`'
  return { ...nothing, code: 'grant_missing', reason }
}

/** Whether whoever asks may give an assistant so much of a repository. @throws grant_place_unknown */
export async function checkContext(
  services: GrantServices,
  ctx: Context,
  { repositoryId, files, classification }: ContextCheck,
): Promise<ContextAnswer> {
  const found = await repositoryResource(services, repositoryId)
  if (found === undefined) throw GrantPlaceUnknown({ what: 'repository', id: repositoryId })
  const resource = { type: 'Repository', id: repositoryId, ...found }
  const answer = await services.authority.ask(ctx, 'ai:readContext', resource, { files, classification })
  const { determining, missing: lacking, errors } = answer
  const reasons =
    errors.length > 0
      ? ['the policies could not be asked']
      : determining.length > 0
        ? determining.map((one) => one.reason)
        : lacking.map((one) => `${one.title}: needs ${one.unmet.join(' and ')}`)
  return { decision: answer.decision, reasons, policyRevision: answer.revision }
}

/** A repository with its owner, as policies see it. */
export async function repositoryResource({ db, isRepository }: GrantServices, id: string) {
  if (!(await isRepository(id))) return undefined
  const team = await teamOf(db, id)
  const attrs: LoadedResource['attrs'] =
    team === null ? {} : { owner: { __entity: { type: 'Countersign::Team', id: team } } }
  return { team, attrs }
}
