import { type Arguments, type Command, onePositional, textOption, UsageWrong } from './command.ts'
import { clientOf, pageOptions, serverOption, showPage } from './server-access.ts'

interface GrantShown {
  readonly id: string
  readonly tool: string
  readonly state: string
  readonly userName: string | null
  readonly userId: string
  readonly purpose: string
  readonly expiresAt: string
}

interface Checked {
  readonly decision: 'allow' | 'deny'
  readonly code: string | null
  readonly reason: string | null
  readonly until: string | null
}

export const grantAsk: Command = {
  name: 'grant ask',
  usage: 'grant ask TOOL --purpose TEXT [--team ID|--repository ID]',
  about: 'asks for the use of an AI tool for some hours, and prints the id of the grant',
  options: {
    ...serverOption,
    purpose: { type: 'string', about: 'what it will be used for' },
    team: { type: 'string', about: 'the id of the team in which you hold your role' },
    repository: { type: 'string', about: 'the id of the repository that it is for' },
  },
  run: async (args, terminal) => {
    const body = {
      tool: onePositional(grantAsk, args, 'tool'),
      purpose: needed(grantAsk, args, 'purpose'),
      teamId: textOption(args, 'team'),
      repositoryId: textOption(args, 'repository'),
    }
    const grant = (await clientOf(args, terminal).post('/v1/grants', body)) as GrantShown
    terminal.out(
      args.values['json'] === true ? `${JSON.stringify(grant)}\n` : `${grant.id}  until ${grant.expiresAt}\n`,
    )
    return 0
  },
}

export const grantList: Command = {
  name: 'grant list',
  usage: 'grant list [--all] [--state running|over|rescinded] [--tool T] [--limit N] [--cursor C]',
  about: 'lists your grants of AI tools, newest first; with --all those of everybody',
  options: {
    ...serverOption,
    ...pageOptions,
    all: { type: 'boolean', about: 'of everybody, for whoever may read people' },
    state: { type: 'string', about: 'running, over or rescinded' },
    tool: { type: 'string', about: 'only of this tool' },
  },
  run: async (args, terminal) => {
    const of = args.values['all'] === true ? 'all' : 'me'
    const query = { of, state: textOption(args, 'state'), tool: textOption(args, 'tool') }
    const line = (one: GrantShown) =>
      `${one.id}  ${one.state}  ${one.tool}  until ${one.expiresAt}  ${of === 'all' ? `${one.userName ?? one.userId}  ` : ''}${one.purpose}\n`
    await showPage(args, terminal, { path: '/v1/grants', query }, line)
    return 0
  },
}

export const grantCheck: Command = {
  name: 'grant check',
  usage: 'grant check TOOL [--repository ID]',
  about: 'says whether you may use a tool now; exits with 1 where not',
  options: {
    ...serverOption,
    repository: { type: 'string', about: 'the id of a repository for which it has to hold' },
  },
  run: async (args, terminal) => {
    const query = { tool: onePositional(grantCheck, args, 'tool'), repository: textOption(args, 'repository') }
    const answer = (await clientOf(args, terminal).get('/v1/grants/check', query)) as Checked
    const words =
      answer.decision === 'allow' ? `allow  until ${answer.until}` : `deny  ${answer.code}  ${answer.reason}`
    terminal.out(args.values['json'] === true ? `${JSON.stringify(answer)}\n` : `${words}\n`)
    return answer.decision === 'allow' ? 0 : 1
  },
}

export const grantExtend: Command = {
  name: 'grant extend',
  usage: 'grant extend ID',
  about: 'extends one of your grants, once',
  options: serverOption,
  run: async (args, terminal) => {
    const id = onePositional(grantExtend, args, 'grant id')
    const path = `/v1/grants/${encodeURIComponent(id)}/extension`
    const grant = (await clientOf(args, terminal).post(path, undefined)) as GrantShown
    terminal.out(
      args.values['json'] === true ? `${JSON.stringify(grant)}\n` : `${grant.id}  until ${grant.expiresAt}\n`,
    )
    return 0
  },
}

export const grantRevoke: Command = {
  name: 'grant revoke',
  usage: 'grant revoke ID',
  about: 'gives one of your grants back',
  options: serverOption,
  run: async (args, terminal) => {
    const id = onePositional(grantRevoke, args, 'grant id')
    await clientOf(args, terminal).delete(`/v1/grants/${encodeURIComponent(id)}`)
    terminal.out(args.values['json'] === true ? `${JSON.stringify({ id, revoked: true })}\n` : `revoked ${id}\n`)
    return 0
  },
}

export function needed(command: Command, args: Arguments, name: string): string {
  const value = textOption(args, name)
  if (value === undefined) throw UsageWrong({ message: `needs \`--${name}\``, usage: command.usage })
  return value
}
