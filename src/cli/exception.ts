import { resolve } from 'node:path'
import type { Client } from '#client'
import { type Arguments, type Command, onePositional, type Terminal, textOption, UsageWrong } from './command.ts'
import { clientOf, pageOptions, serverOption, showPage } from './server-access.ts'

interface ExceptionTold {
  readonly id: string
  readonly ruleId: string
  readonly repositoryId: string
  readonly fingerprint: string | null
  readonly state: string
  readonly reason: string
  readonly requester: string
  readonly ownerId: string
  readonly decidedBy: string | null
  readonly expiresAt: string
  readonly compensatingControls: readonly (
    | { readonly kind: 'rule'; readonly ruleId: string }
    | { readonly kind: 'described'; readonly text: string }
  )[]
  readonly renews: string | null
  readonly endReason: string | null
  readonly uses: number
  readonly lastUsedAt: string | null
  readonly warning: number | null
  readonly isUnused: boolean
}

export const exceptionAsk: Command = {
  name: 'exception ask',
  usage:
    'exception ask RULE --reason TEXT --days N (--control TEXT|--control-rule RULE)... [--finding F] [--owner ID] [--renews ID] [--repository ID|--repo PATH]',
  about: 'asks for an exception from a rule of the merge gate; another person decides in the console',
  options: {
    ...serverOption,
    reason: { type: 'string', about: 'why; whoever decides reads it' },
    days: { type: 'string', about: 'how long it lasts, at most 90' },
    control: { type: 'string', multiple: true, about: 'what makes up for it, in words; may be given again' },
    'control-rule': { type: 'string', multiple: true, about: 'a rule that has to pass instead; may be given again' },
    finding: { type: 'string', about: 'fingerprint of the one finding that it is for (default: the whole rule)' },
    owner: { type: 'string', about: 'id of the person who answers for it (default: you)' },
    renews: { type: 'string', about: 'the exception that this one renews' },
    repository: { type: 'string', about: 'id of the repository' },
    repo: { type: 'string', about: 'folder of the repository, where its id is not given (default: the current one)' },
  },
  run: async (args, terminal) => {
    const ruleId = onePositional(exceptionAsk, args, 'rule')
    const client = clientOf(args, terminal)
    const body = { ruleId, ...askedIn(args), ...(await placeOf(args, terminal, client)) }
    const asked = (await client.post('/v1/exceptions', body)) as ExceptionTold
    terminal.out(args.values['json'] === true ? `${JSON.stringify(asked)}\n` : `${asked.id}  ${asked.state}\n`)
    return 0
  },
}

function askedIn(args: Arguments) {
  const reason = textOption(args, 'reason')
  const days = Number(textOption(args, 'days'))
  const compensatingControls = [
    ...textsOf(args, 'control').map((text) => ({ kind: 'described', text })),
    ...textsOf(args, 'control-rule').map((rule) => ({ kind: 'rule', ruleId: rule })),
  ]
  if (reason === undefined || !(days > 0 && days <= 90) || compensatingControls.length === 0)
    throw UsageWrong({
      message: 'needs a reason, a number of days up to 90, and something that makes up for it',
      usage: exceptionAsk.usage,
    })
  const expiresAt = new Date(Date.now() + days * 86_400_000).toISOString()
  const fingerprint = textOption(args, 'finding') ?? null
  return { reason, expiresAt, compensatingControls, fingerprint, renews: textOption(args, 'renews') ?? null }
}

async function placeOf(args: Arguments, terminal: Terminal, client: Client) {
  const ownerId = textOption(args, 'owner') ?? ((await client.get('/v1/session')) as { userId: string }).userId
  const named = textOption(args, 'repository')
  if (named !== undefined) return { ownerId, repositoryId: named }
  const { governedIn } = await import('./governed-in.ts')
  const path = resolve(terminal.cwd, textOption(args, 'repo') ?? '.')
  return { ownerId, repositoryId: (await governedIn(path, undefined, client)).repositoryId }
}

function textsOf(args: Arguments, name: string): readonly string[] {
  const given = args.values[name]
  return Array.isArray(given) ? given : []
}

export const exceptionList: Command = {
  name: 'exception list',
  usage: 'exception list [--state S] [--rule R] [--repository ID] [--ending N] [--unused] [--order O]',
  about: 'lists exceptions by state, rule, repository, use and end, the newest first unless asked otherwise',
  options: {
    ...serverOption,
    ...pageOptions,
    state: { type: 'string', about: 'asked, approved, rejected, revoked or ended' },
    rule: { type: 'string', about: 'only from this rule' },
    repository: { type: 'string', about: 'only of the repository with this id' },
    ending: { type: 'string', about: 'only those that hold and end within so many days' },
    unused: { type: 'boolean', about: 'only those that no decision has needed' },
    order: { type: 'string', about: 'newest, oldest, ending or most-used' },
  },
  run: async (args, terminal) => {
    const query = {
      state: textOption(args, 'state'),
      rule: textOption(args, 'rule'),
      repositoryId: textOption(args, 'repository'),
      endsWithinDays: textOption(args, 'ending'),
      use: args.values['unused'] === true ? 'never' : undefined,
      order: textOption(args, 'order'),
    }
    await showPage(args, terminal, { path: '/v1/exceptions', query }, lineOf)
    return 0
  },
}

function lineOf(one: ExceptionTold): string {
  const marks = [...(one.warning === null ? [] : [`ends within ${one.warning} d`]), ...(one.isUnused ? ['unused'] : [])]
  return `${one.id}  ${one.state}  ${one.ruleId}  until ${one.expiresAt}  ${one.uses} use(s)  ${marks.join(', ')}\n`
}

export const exceptionShow: Command = {
  name: 'exception show',
  usage: 'exception show ID',
  about: 'shows an exception: what it is for, why, until when, and what makes up for it',
  options: serverOption,
  run: async (args, terminal) => {
    const id = onePositional(exceptionShow, args, 'exception id')
    const found = (await clientOf(args, terminal).get(`/v1/exceptions/${encodeURIComponent(id)}`)) as ExceptionTold
    terminal.out(args.values['json'] === true ? `${JSON.stringify(found)}\n` : clean(told(found)))
    return 0
  },
}

function told(one: ExceptionTold): string {
  const { fingerprint, decidedBy, endReason, renews, lastUsedAt } = one
  return [
    lineOf(one).trimEnd(),
    `repository  ${one.repositoryId}${fingerprint === null ? '' : `, finding ${fingerprint}`}`,
    `asked by    ${one.requester}, answers for it ${one.ownerId}`,
    ...(decidedBy === null ? [] : [`decided by  ${decidedBy}`]),
    `reason      ${one.reason}`,
    ...one.compensatingControls.map(
      (control) => `instead     ${control.kind === 'rule' ? `${control.ruleId} passes` : control.text}`,
    ),
    ...(renews === null ? [] : [`renews      ${renews}`]),
    ...(lastUsedAt === null ? [] : [`last used   ${lastUsedAt}`]),
    ...(endReason === null ? [] : [`revoked     ${endReason}`]),
    '',
  ].join('\n')
}

/** What somebody wrote does not steer a terminal. */
function clean(text: string): string {
  return text.replace(/[^\P{C}\n]/gu, '\ufffd')
}

export const exceptionRevoke: Command = {
  name: 'exception revoke',
  usage: 'exception revoke ID --reason TEXT',
  about: 'ends an exception before its time; what it excepted is judged again',
  options: { ...serverOption, reason: { type: 'string', about: 'why it ends' } },
  run: async (args, terminal) => {
    const id = onePositional(exceptionRevoke, args, 'exception id')
    const reason = textOption(args, 'reason')
    if (reason === undefined) throw UsageWrong({ message: 'needs `--reason`', usage: exceptionRevoke.usage })
    const path = `/v1/exceptions/${encodeURIComponent(id)}/revocation`
    const ended = (await clientOf(args, terminal).post(path, { reason })) as ExceptionTold
    terminal.out(args.values['json'] === true ? `${JSON.stringify(ended)}\n` : `${id}  ${ended.state}\n`)
    return 0
  },
}
