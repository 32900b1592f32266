import { resolve } from 'node:path'
import { type Command, onePositional, textOption, UsageWrong } from './command.ts'
import { plain } from './plain.ts'
import { addressOf, clientOf, pageOptions, serverOption, showPage } from './server-access.ts'

interface OverrideTold {
  readonly id: string
  readonly state: string
  readonly commit: string
  readonly rules: readonly string[]
  readonly approvers: readonly string[]
  readonly expiresAt: string
}

interface OverrideShown extends OverrideTold {
  readonly repositoryId: string
  readonly decisionId: string
  readonly digest: string
  readonly reason: string
  readonly requester: string
  readonly usedAt: string | null
  readonly usedDecisionId: string | null
}

export const overrideAsk: Command = {
  name: 'override ask',
  usage: 'override ask DECISION --reason TEXT [--commit C] [--repo PATH]',
  about: 'asks to let one denied run of the merge gate through once; two others decide in the console',
  options: {
    ...serverOption,
    reason: { type: 'string', about: 'why it cannot wait; whoever decides reads it' },
    commit: { type: 'string', about: 'what the gate was asked about (default: HEAD)' },
    repo: { type: 'string', about: 'folder of the repository (default: the current one)' },
  },
  run: async (args, terminal) => {
    const decisionId = onePositional(overrideAsk, args, 'decision')
    const reason = textOption(args, 'reason')
    if (reason === undefined) throw UsageWrong({ message: 'needs `--reason`', usage: overrideAsk.usage })
    const client = clientOf(args, terminal)
    const { governedIn } = await import('./governed-in.ts')
    const path = resolve(terminal.cwd, textOption(args, 'repo') ?? '.')
    const { repositoryId, headOid: commit } = await governedIn(path, textOption(args, 'commit'), client)
    const body = { repositoryId, commit, decisionId, reason }
    const asked = (await client.post('/v1/gates/merge/overrides', body)) as OverrideTold
    terminal.out(args.values['json'] === true ? `${JSON.stringify(asked)}\n` : lineOf(asked))
    return 0
  },
}

export const overrideList: Command = {
  name: 'override list',
  usage: 'override list [--commit C] [--limit N] [--cursor C]',
  about: 'lists overrides of failed runs of the merge gate, newest first',
  options: {
    ...serverOption,
    ...pageOptions,
    commit: { type: 'string', about: 'only for this commit, by its whole id' },
  },
  run: async (args, terminal) => {
    const query = { commit: textOption(args, 'commit') }
    await showPage(args, terminal, { path: '/v1/gates/merge/overrides', query }, lineOf)
    return 0
  },
}

function lineOf({ id, state, commit, rules, approvers, expiresAt }: OverrideTold): string {
  return `${id}  ${state}  ${commit.slice(0, 12)}  ${approvers.length} of 2  until ${expiresAt}  ${rules.join(', ')}\n`
}

export const overrideShow: Command = {
  name: 'override show',
  usage: 'override show ID',
  about: 'shows an override: what it lets through, why, who approved it, and where to answer with your passkey',
  options: serverOption,
  run: async (args, terminal) => {
    const path = `/v1/gates/merge/overrides/${encodeURIComponent(onePositional(overrideShow, args, 'override id'))}`
    const found = (await clientOf(args, terminal).get(path)) as OverrideShown
    const where = new URL(`/policy/overrides/${encodeURIComponent(found.id)}`, addressOf(args, terminal))
    terminal.out(args.values['json'] === true ? `${JSON.stringify(found)}\n` : told(found, where.href))
    return 0
  },
}

function told(one: OverrideShown, where: string): string {
  return [
    lineOf(one).trimEnd(),
    `repository  ${one.repositoryId}, commit ${one.commit}`,
    `decision    ${one.decisionId}`,
    `asked by    ${one.requester}`,
    `reason      ${plain(one.reason)}`,
    ...one.approvers.map((id) => `approved by ${id}`),
    ...(one.usedAt === null ? [] : [`used        ${one.usedAt}, by ${one.usedDecisionId}`]),
    ...(one.state === 'asked' ? [`answer with your passkey at ${where}`] : []),
    '',
  ].join('\n')
}
