import { type Arguments, type Command, onePositional, textOption, UsageWrong } from './command.ts'
import { clientOf, pageOptions, serverOption, showPage } from './server-access.ts'

interface Matrix {
  readonly roles: readonly string[]
  readonly actions: readonly { readonly name: string; readonly about: string; readonly cells: readonly string[] }[]
}

interface Holding {
  readonly kind: 'assignment' | 'mapping'
  readonly userId: string | null
  readonly groupId: string | null
  readonly name: string | null
  readonly role: string
  readonly teamName: string | null
}

interface ChangeShown {
  readonly id: string
  readonly state: string
  readonly reason: string
  readonly digest: string
}

interface Explained {
  readonly decision: 'allow' | 'deny'
  readonly determining: readonly { readonly id: string; readonly reason: string }[]
  readonly missing: readonly { readonly policy: string; readonly unmet: readonly string[] }[]
  readonly errors: readonly string[]
}

export const roleShow: Command = {
  name: 'role show',
  usage: 'role show [ROLE]',
  about: 'lists what a role may do, or which roles there are',
  options: serverOption,
  run: async (args, terminal) => {
    const matrix = (await clientOf(args, terminal).get('/v1/roles')) as Matrix
    const [role] = args.positionals
    if (args.values['json'] === true) terminal.out(`${JSON.stringify(matrix)}\n`)
    else if (role === undefined) for (const one of matrix.roles) terminal.out(`${one}\n`)
    else for (const line of linesOf(matrix, role)) terminal.out(line)
    return 0
  },
}

function linesOf({ roles, actions }: Matrix, role: string): string[] {
  const at = roles.indexOf(role)
  if (at < 0) throw UsageWrong({ message: `there is no role \`${role}\``, usage: roleShow.usage })
  const words: Readonly<Record<string, string>> = { allow: 'yes    ', conditions: 'by case' }
  return actions
    .filter((one) => one.cells[at] !== 'deny')
    .map((one) => `${words[one.cells[at] ?? ''] ?? ''}  ${one.name}  ${one.about}\n`)
}

export const roleHolders: Command = {
  name: 'role holders',
  usage: 'role holders [--role R] [--team T] [--limit N] [--cursor C]',
  about: 'lists which people and groups hold roles, newest first',
  options: {
    ...serverOption,
    ...pageOptions,
    role: { type: 'string', about: 'only this role' },
    team: { type: 'string', about: 'only in the team with this id' },
  },
  run: async (args, terminal) => {
    const query = { role: textOption(args, 'role'), team: textOption(args, 'team') }
    const line = ({ kind, role, teamName, name, userId, groupId }: Holding) =>
      `${role}  ${teamName ?? 'whole organisation'}  ${kind === 'mapping' ? 'group' : 'person'}  ${userId ?? groupId}  ${name ?? ''}\n`
    await showPage(args, terminal, { path: '/v1/role-holdings', query }, line)
    return 0
  },
}

export const rolePropose: Command = {
  name: 'role propose',
  usage: 'role propose (--give R|--take R) (--user ID|--group ID) [--team ID] --reason TEXT',
  about: 'proposes that a person or a group holds a role, or no longer; another person decides in the console',
  options: {
    ...serverOption,
    give: { type: 'string', about: 'the role to be given' },
    take: { type: 'string', about: 'the role to be taken away' },
    user: { type: 'string', about: 'the id of a person' },
    group: { type: 'string', about: 'the id of a group of the directory' },
    team: { type: 'string', about: 'the id of the team it is held in (default: the whole organisation)' },
    reason: { type: 'string', about: 'why; whoever decides reads it' },
  },
  run: async (args, terminal) => {
    const change = (await clientOf(args, terminal).post('/v1/role-changes', proposalOf(args))) as ChangeShown
    terminal.out(args.values['json'] === true ? `${JSON.stringify(change)}\n` : `${change.id}  ${change.state}\n`)
    return 0
  },
}

function proposalOf(args: Arguments) {
  const [give, take] = [textOption(args, 'give'), textOption(args, 'take')]
  const [userId, groupId] = [textOption(args, 'user'), textOption(args, 'group')]
  const reason = textOption(args, 'reason')
  const isOne = (a: string | undefined, b: string | undefined) => (a === undefined) !== (b === undefined)
  if (!isOne(give, take) || !isOne(userId, groupId) || reason === undefined)
    throw UsageWrong({ message: 'needs a role, whose it is, and a reason', usage: rolePropose.usage })
  const place = { role: give ?? take, teamId: textOption(args, 'team') ?? null }
  const item = userId === undefined ? { kind: 'mapping', groupId, ...place } : { kind: 'assignment', userId, ...place }
  return give === undefined ? { remove: [item], reason } : { add: [item], reason }
}

export const roleChanges: Command = {
  name: 'role changes',
  usage: 'role changes [--state S] [--limit N] [--cursor C]',
  about: 'lists proposed and decided changes of roles, newest first',
  options: {
    ...serverOption,
    ...pageOptions,
    state: { type: 'string', about: 'proposed, applied, rejected or withdrawn' },
  },
  run: async (args, terminal) => {
    const query = { state: textOption(args, 'state') }
    const line = (one: ChangeShown) => `${one.id}  ${one.state}  ${one.reason}\n`
    await showPage(args, terminal, { path: '/v1/role-changes', query }, line)
    return 0
  },
}

export const roleWhy: Command = {
  name: 'role why',
  usage: 'role why ACTION [--user ID] [--resource TYPE:ID]',
  about: 'tells whether somebody may do something, by which policies, and what is missing; exit code 1 when not',
  options: {
    ...serverOption,
    user: { type: 'string', about: 'whom it is about (default: you)' },
    resource: { type: 'string', about: 'what is acted on, where a role alone does not decide: RoleChange:rch_…' },
  },
  run: async (args, terminal) => {
    const action = onePositional(roleWhy, args, 'action')
    const [, type, id] = /^([A-Za-z]+):(.+)$/.exec(textOption(args, 'resource') ?? '') ?? []
    const userId = textOption(args, 'user')
    const body = { action, ...(userId && { userId }), ...(type && id ? { resource: { type, id } } : {}) }
    const answer = (await clientOf(args, terminal).post('/v1/access/explain', body)) as Explained
    if (args.values['json'] === true) terminal.out(`${JSON.stringify(answer)}\n`)
    else for (const line of explain(answer)) terminal.out(line)
    return answer.decision === 'allow' ? 0 : 1
  },
}

function explain({ decision, determining, missing, errors }: Explained): string[] {
  return [
    `${decision}\n`,
    ...determining.map((one) => `  by ${one.id}: ${one.reason}\n`),
    ...missing.map((one) => `  not enough for ${one.policy}: missing ${one.unmet.join('; ')}\n`),
    ...errors.map((one) => `  ${one}\n`),
  ]
}
