import { type Arguments, type Command, onePositional, type Terminal, textOption, UsageWrong } from './command.ts'
import { clientOf, pageOptions, serverOption, showPage } from './server-access.ts'

interface AgentShown {
  readonly id: string
  readonly name: string
  readonly purpose: string
  readonly autonomy: string
  readonly tools: readonly string[]
  readonly scopes: readonly string[]
  readonly sponsor: { readonly id: string; readonly name: string | null }
  readonly handover: { readonly id: string; readonly name: string | null } | null
  readonly state: string
  readonly suspendedWhy: string | null
  readonly expiresAt: string
}

interface KeyShown {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly expiresAt: string
  readonly revokedAt: string | null
}

export const agentAdd: Command = {
  name: 'agent add',
  usage: 'agent add --name N --purpose P --scopes A,B [--autonomy LEVEL] [--tools A,B] [--days N]',
  about: 'registers an agent that you answer for, and prints its id',
  options: {
    ...serverOption,
    name: { type: 'string', about: 'what people call it' },
    purpose: { type: 'string', about: 'what it is for' },
    scopes: { type: 'string', about: 'the most that it may do, with commas: change:read,gate:run' },
    autonomy: { type: 'string', about: 'suggest (default), act-with-approval or act-in-sandbox' },
    tools: { type: 'string', about: 'names of the tools that it may call, with commas' },
    days: { type: 'string', about: 'how long the registration holds (default: 90, at most 365)' },
  },
  run: async (args, terminal) => {
    const tools = textOption(args, 'tools')
    const body = {
      name: required(agentAdd, args, 'name'),
      purpose: required(agentAdd, args, 'purpose'),
      scopes: required(agentAdd, args, 'scopes').split(','),
      autonomy: textOption(args, 'autonomy') ?? 'suggest',
      ...(tools === undefined ? {} : { tools: tools.split(',') }),
      expiresInDays: Number(textOption(args, 'days') ?? 90),
    }
    const made = (await clientOf(args, terminal).post('/v1/agents', body)) as AgentShown
    return told(args, terminal, made, `${made.id}\n`)
  },
}

export const agentList: Command = {
  name: 'agent list',
  usage: 'agent list [--sponsor USER|me] [--state STATE] [--limit N] [--cursor C]',
  about: 'lists agents with who answers for each, newest first',
  options: {
    ...serverOption,
    ...pageOptions,
    sponsor: { type: 'string', about: 'only those that this person answers for; `me` are yours' },
    state: { type: 'string', about: 'only active, suspended, expired, without-sponsor or retired ones' },
  },
  run: async (args, terminal) => {
    const line = (one: AgentShown) =>
      printable(
        `${one.id}  ${one.state}  ${one.name}  for ${one.sponsor.name ?? one.sponsor.id}  until ${one.expiresAt}\n`,
      )
    const query = { sponsor: textOption(args, 'sponsor'), state: textOption(args, 'state') }
    await showPage(args, terminal, { path: '/v1/agents', query }, line)
    return 0
  },
}

export const agentShow: Command = {
  name: 'agent show',
  usage: 'agent show ID',
  about: 'shows an agent: who answers for it, what it may do, whether it may act, its keys and tokens',
  options: serverOption,
  run: async (args, terminal) => {
    const path = pathOf(agentShow, args)
    const client = clientOf(args, terminal)
    const agent = (await client.get(path)) as AgentShown
    const tokens = (await client.get(`${path}/tokens`)) as { readonly items: readonly KeyShown[] }
    const facts = [
      ['name', agent.name],
      ['purpose', agent.purpose],
      ['state', agent.suspendedWhy === null ? agent.state : `${agent.state} (${agent.suspendedWhy})`],
      ['sponsor', agent.sponsor.name ?? agent.sponsor.id],
      ...(agent.handover === null ? [] : [['asked to take over', agent.handover.name ?? agent.handover.id]]),
      ['autonomy', agent.autonomy],
      ['scopes', agent.scopes.join(', ')],
      ['tools', agent.tools.length === 0 ? 'none' : agent.tools.join(', ')],
      ['until', agent.expiresAt],
    ]
    const rows = tokens.items.map(
      (one) => `${one.id}  ${one.kind}  ${one.revokedAt === null ? `until ${one.expiresAt}` : 'ended'}  ${one.name}\n`,
    )
    const text = printable([...facts.map(([name, value]) => `${name}: ${value}\n`), ...rows].join(''))
    return told(args, terminal, { ...agent, tokens: tokens.items }, text)
  },
}

export const agentKey: Command = {
  name: 'agent key',
  usage: 'agent key ID --name N [--scopes A,B] [--days N]',
  about: 'makes a key of an agent that you answer for, and prints it, once',
  options: {
    ...serverOption,
    name: { type: 'string', about: 'where it is used' },
    scopes: { type: 'string', about: 'fewer permissions than those of the agent, with commas' },
    days: { type: 'string', about: 'how long it lives (default: 90)' },
  },
  run: async (args, terminal) => {
    const scopes = textOption(args, 'scopes')
    const body = {
      name: required(agentKey, args, 'name'),
      ...(scopes === undefined ? {} : { scopes: scopes.split(',') }),
      expiresInDays: Number(textOption(args, 'days') ?? 90),
    }
    const made = (await clientOf(args, terminal).post(`${pathOf(agentKey, args)}/keys`, body)) as {
      readonly key: string
    }
    return told(args, terminal, made, `${made.key}\n`)
  },
}

export const agentEnd: Command = {
  name: 'agent end',
  usage: 'agent end ID [--token ID]',
  about: 'ends an agent for good, or one of its keys and tokens',
  options: { ...serverOption, token: { type: 'string', about: 'only this key or token' } },
  run: async (args, terminal) => {
    const token = textOption(args, 'token')
    const path = pathOf(agentEnd, args)
    await clientOf(args, terminal).delete(token === undefined ? path : `${path}/tokens/${encodeURIComponent(token)}`)
    const id = token ?? args.positionals[0] ?? ''
    return told(args, terminal, { id, ended: true }, `ended ${id}\n`)
  },
}

export const agentSuspend: Command = {
  name: 'agent suspend',
  usage: 'agent suspend ID [--reason R]',
  about: 'stops an agent of yours, or with a reason that of somebody else; its keys sleep, its short-lived tokens end',
  options: { ...serverOption, reason: { type: 'string', about: 'why, where somebody else answers for it' } },
  run: async (args, terminal) => {
    const reason = textOption(args, 'reason')
    const path = pathOf(agentSuspend, args)
    const client = clientOf(args, terminal)
    const done =
      reason === undefined
        ? await client.patch(path, { isSuspended: true })
        : await client.post(`${path}/suspension`, { reason })
    return told(args, terminal, done, `${(done as AgentShown).state}\n`)
  },
}

export const agentResume: Command = {
  name: 'agent resume',
  usage: 'agent resume ID [--of-others]',
  about: 'lets an agent of yours go on, or one that others stopped',
  options: { ...serverOption, 'of-others': { type: 'boolean', about: 'lifts what others than the sponsor did' } },
  run: async (args, terminal) => {
    const path = pathOf(agentResume, args)
    const client = clientOf(args, terminal)
    if (args.values['of-others'] === true) await client.delete(`${path}/suspension`)
    else await client.patch(path, { isSuspended: false })
    const done = (await client.get(path)) as AgentShown
    return told(args, terminal, done, `${done.state}\n`)
  },
}

export const agentHandover: Command = {
  name: 'agent handover',
  usage: 'agent handover ID --to USER | --accept | --decline',
  about: 'asks a person to answer for an agent of yours, or answers for you who were asked',
  options: {
    ...serverOption,
    to: { type: 'string', about: 'id of the person who is asked' },
    accept: { type: 'boolean', about: 'become its sponsor; its keys and tokens end' },
    decline: { type: 'boolean', about: 'leave it with its sponsor' },
  },
  run: async (args, terminal) => {
    const path = `${pathOf(agentHandover, args)}/handover`
    const userId = textOption(args, 'to')
    const given = [userId !== undefined, args.values['accept'] === true, args.values['decline'] === true]
    if (given.filter(Boolean).length !== 1)
      throw UsageWrong({ message: 'needs one of `--to`, `--accept` and `--decline`', usage: agentHandover.usage })
    const client = clientOf(args, terminal)
    const done =
      userId === undefined
        ? await client.post(`${path}/answer`, { accept: args.values['accept'] === true })
        : await client.post(path, { userId })
    const { sponsor } = done as AgentShown
    return told(args, terminal, done, printable(`its sponsor is ${sponsor.name ?? sponsor.id}\n`))
  },
}

function pathOf(command: Command, args: Arguments): string {
  return `/v1/agents/${encodeURIComponent(onePositional(command, args, 'agent id'))}`
}

function told(args: Arguments, terminal: Terminal, answer: unknown, text: string): number {
  terminal.out(args.values['json'] === true ? `${JSON.stringify(answer)}\n` : text)
  return 0
}

function required(command: Command, args: Arguments, name: string): string {
  const value = textOption(args, name)
  if (value === undefined) throw UsageWrong({ message: `needs \`--${name}\``, usage: command.usage })
  return value
}

function printable(text: string): string {
  return text.replace(/[^\P{C}\n]/gu, '\ufffd')
}
