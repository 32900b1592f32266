import { parse } from 'yaml'
import { type Arguments, type Command, onePositional, type Terminal, textOption, UsageWrong } from './command.ts'
import { readPolicyFile } from './policy-files.ts'
import { show, versionPath } from './policy-versions.ts'
import { clientOf, pageOptions, serverOption, showPage } from './server-access.ts'

interface Rollout {
  readonly id: string
  readonly packId: string
  readonly version: string
  readonly state: string
  readonly stage: number
  readonly stages: readonly Stage[]
}

interface Stage {
  readonly mode: string
  readonly scope: {
    readonly repositories: readonly string[]
    readonly teams: readonly string[]
    readonly percent: number
  }
  readonly limits: { readonly minDecisions: number; readonly maxFlips: number }
  readonly counts: {
    readonly decisions: number
    readonly toDeny: number
    readonly toAllow: number
    readonly errors: number
  }
}

export const policyRollOut: Command = {
  name: 'policy roll-out',
  usage: 'policy roll-out PACK VERSION --stages FILE',
  about: 'begins to roll a published version out by the stages in a file (YAML or JSON)',
  options: {
    ...serverOption,
    stages: { type: 'string', about: 'file with a list of `mode`, `scope`, `limits`, `promotion`' },
  },
  run: async (args, terminal) => {
    const of = versionPath(policyRollOut, args)
    const path = textOption(args, 'stages')
    if (path === undefined) throw UsageWrong({ message: 'needs `--stages`', usage: policyRollOut.usage })
    const stages: unknown = parse(await readPolicyFile(terminal, path), { maxAliasCount: 0 })
    return told(args, terminal, await clientOf(args, terminal).post(`${of}/rollouts`, { stages }))
  },
}

export const policyRollouts: Command = {
  name: 'policy rollouts',
  usage: 'policy rollouts [--pack PACK] [--state STATE] [--limit N] [--cursor C]',
  about: 'lists roll-outs of policies, newest first, with what was counted in each stage',
  options: {
    ...serverOption,
    ...pageOptions,
    pack: { type: 'string', about: 'only of this pack' },
    state: { type: 'string', about: 'running, active, superseded, rolled_back' },
  },
  run: async (args, terminal) => {
    const query = { packId: textOption(args, 'pack'), state: textOption(args, 'state') }
    await showPage(args, terminal, { path: '/v1/policy-rollouts', query }, describe)
    return 0
  },
}

export const policyPromote: Command = {
  name: 'policy promote',
  usage: 'policy promote ROLLOUT --reason TEXT',
  about: 'goes on to the next stage of a roll-out now; after the last one the version is in force everywhere',
  options: { ...serverOption, reason: { type: 'string', about: 'why' } },
  run: async (args, terminal) => {
    const path = rolloutPath(policyPromote, args)
    const client = clientOf(args, terminal)
    const { stage } = (await client.get(path)) as Rollout
    return told(args, terminal, await client.post(`${path}/promote`, { stage, reason: textOption(args, 'reason') }))
  },
}

export const policyRollback: Command = {
  name: 'policy rollback',
  usage: 'policy rollback ROLLOUT --reason TEXT',
  about: 'takes a version back that is being rolled out or in force: what was in force before is again, at once',
  options: { ...serverOption, reason: { type: 'string', about: 'why' } },
  run: async (args, terminal) => {
    const path = rolloutPath(policyRollback, args)
    const found = await clientOf(args, terminal).post(`${path}/rollback`, { reason: textOption(args, 'reason') })
    return told(args, terminal, found)
  },
}

function rolloutPath(command: Command, args: Arguments): string {
  return `/v1/policy-rollouts/${encodeURIComponent(onePositional(command, args, 'roll-out'))}`
}

function told(args: Arguments, terminal: Terminal, found: unknown): number {
  const rollout = found as Rollout
  show(args, terminal, rollout, () => describe(rollout))
  return 0
}

function describe({ id, packId, version, state, stage, stages }: Rollout): string {
  const lines = stages.map(({ mode, scope, limits, counts }, at) => {
    const named = [...scope.repositories, ...scope.teams.map((one) => `team ${one}`)]
    const where = `${scope.percent} % of ${named.length === 0 ? 'all' : named.join(', ')}`
    const mark = at === stage && state === 'running' ? '>' : ' '
    const { decisions, toDeny, toAllow, errors } = counts
    const seen = `${decisions} of ${limits.minDecisions} decisions, ${toDeny + toAllow} of at most ${limits.maxFlips} flips, ${errors} errors`
    return `${mark} ${at} ${mode.padEnd(7)} ${where}: ${seen}\n`
  })
  return `${id} ${packId} ${version} ${state.replaceAll('_', ' ')}\n${lines.join('')}`
}
