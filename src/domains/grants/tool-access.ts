import type { AccessAnswer } from '#kernel/access'
import type { Context } from '#kernel/ledger'
import type { DenialCode, Tier } from './model.ts'
import { isAiFree } from './periods-now.ts'
import type { SettingsBody } from './settings-model.ts'
import { settingsInForce } from './settings-now.ts'
import type { GrantServices, ToolStanding } from './standing.ts'
import { hasRescinded } from './store.ts'

/** What was found about a tool for somebody, before the policies were asked. */
export interface Standing {
  readonly status: 'approved' | 'refused' | 'unknown'
  readonly tier: Tier
  readonly charter: Awaited<ReturnType<ToolStanding['charter']>>
  readonly training: Awaited<ReturnType<ToolStanding['training']>>
}

export interface ToolAccess {
  readonly answer: AccessAnswer
  readonly standing: Standing
  readonly settings: SettingsBody
  readonly settingsVersion: number
  /** Why not, the first that has to be mended first; none when allowed. */
  readonly codes: readonly DenialCode[]
  readonly reasons: readonly string[]
}

/** Policies whose denial has a name; others have the last of `denialCodes`. In the order in which they are told. */
const codeOf: ReadonlyMap<string, DenialCode> = new Map([
  ['grant.tool', 'tool_not_authorized'],
  ['grant.rescinded', 'grant_rescinded'],
  ['grant.charter', 'charter_not_acknowledged'],
  ['grant.training', 'training_missing'],
  ['grant.ai-free', 'ai_free_period'],
])

/** Whether the policies let whoever acts in `ctx` use a tool now, with the roles they hold in the team. */
export async function askForTool(
  services: GrantServices,
  ctx: Context,
  { tool, teamId }: { readonly tool: string; readonly teamId: string | null },
): Promise<ToolAccess> {
  const about = { userId: ctx.actor.id, teamId, tool }
  const { version, settings, found, attrs } = await standingOf(services, about, ctx.clock())
  const resource = { type: 'AiTool', id: tool, team: teamId, attrs }
  const answer = await services.authority.ask(ctx, 'ai:useTool', resource)
  return { answer, standing: found, settings, settingsVersion: version, ...whyNot(answer) }
}

/** A tool as it stands for somebody, as policies see it. */
export async function toolFor(services: GrantServices, about: About, atMs: number) {
  const { attrs } = await standingOf(services, about, atMs)
  return { team: about.teamId, attrs }
}

/** Names of the tools that the settings know, those after one in their order. */
export function toolsAfter({ tools }: SettingsBody, after: string, limit: number): string[] {
  const names = tools.map((one) => one.name).sort()
  return names.filter((name) => name > after).slice(0, limit)
}

interface About {
  readonly userId: string
  readonly teamId: string | null
  readonly tool: string
}

async function standingOf({ db, standing }: GrantServices, { userId, teamId, tool }: About, atMs: number) {
  const { version, settings } = await settingsInForce(db)
  const [known, training, charter, aiFree, rescinded] = await Promise.all([
    knownTool(standing, settings, tool),
    standing.training(userId),
    standing.charter(userId),
    isAiFree(db, { userId, teamId }, atMs),
    hasRescinded(db, userId, tool),
  ])
  const { unknownTool, unknownCharter, unknownTraining } = settings
  const found = { ...known, training, charter }
  const attrs = { ...found, aiFree, rescinded, unknownTool, unknownCharter, unknownTraining }
  return { version, settings, found, attrs }
}

/** The registry is asked first. What nobody listed is `other`: an asker's word does not make it narrower. */
async function knownTool(
  standing: ToolStanding,
  { tools }: SettingsBody,
  name: string,
): Promise<Pick<Standing, 'status' | 'tier'>> {
  const said = await standing.toolStatus(name)
  if (said.status !== 'unknown') return said
  const listed = tools.find((one) => one.name === name)
  return listed === undefined ? { status: 'unknown', tier: 'other' } : { status: 'approved', tier: listed.tier }
}

function whyNot({ decision, determining, missing, errors }: AccessAnswer): Pick<ToolAccess, 'codes' | 'reasons'> {
  if (decision === 'allow') return { codes: [], reasons: [] }
  if (errors.length > 0) return { codes: ['access_denied'], reasons: ['the policies could not be asked'] }
  if (determining.length === 0)
    return {
      codes: ['tool_not_authorized'],
      reasons: missing.map((one) => `${one.title}: needs ${one.unmet.join(' and ')}`),
    }
  const order = [...codeOf.keys()]
  const rank = (id: string) => (order.indexOf(id) === -1 ? order.length : order.indexOf(id))
  const sorted = [...determining].sort((a, b) => rank(a.id) - rank(b.id))
  return {
    codes: [...new Set(sorted.map((one) => codeOf.get(one.id) ?? 'access_denied'))],
    reasons: sorted.map((one) => one.reason),
  }
}
