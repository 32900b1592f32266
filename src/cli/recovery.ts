import { type Arguments, type Command, onePositional, type Terminal } from './command.ts'
import { addressOf, clientOf, pageOptions, serverOption, showPage } from './server-access.ts'

interface RecoveryTold {
  readonly id: string
  readonly personId: string
  readonly openedBy: string
  readonly openedAt: string
  readonly expiresAt: string
  readonly digest: string
  readonly state: string
  readonly approvals: readonly { readonly userId: string; readonly decision: string; readonly at: string }[]
}

export const recoveryAsk: Command = {
  name: 'recovery ask',
  usage: 'recovery ask PERSON',
  about: 'asks that a person who has lost their passkeys may register a new one; two others approve it with theirs',
  options: serverOption,
  run: async (args, terminal) => {
    const asked = await clientOf(args, terminal).post(pathOf(recoveryAsk, args), undefined)
    return show(args, terminal, asked as RecoveryTold)
  },
}

export const recoveryShow: Command = {
  name: 'recovery show',
  usage: 'recovery show PERSON',
  about: 'shows the newest recovery of a person, and who has answered',
  options: serverOption,
  run: async (args, terminal) => {
    const found = await clientOf(args, terminal).get(pathOf(recoveryShow, args))
    return show(args, terminal, found as RecoveryTold)
  },
}

export const recoveryList: Command = {
  name: 'recovery list',
  usage: 'recovery list [--limit N] [--cursor C]',
  about: 'lists recoveries of people who have lost their passkeys, newest first',
  options: { ...serverOption, ...pageOptions },
  run: async (args, terminal) => {
    await showPage(args, terminal, { path: '/v1/recoveries' }, lineOf)
    return 0
  },
}

function pathOf(command: Command, args: Arguments): string {
  return `/v1/people/${encodeURIComponent(onePositional(command, args, 'id of a person'))}/recovery`
}

function lineOf({ id, state, personId, openedBy, openedAt }: RecoveryTold): string {
  return `${id}  ${state}  of ${personId}  asked by ${openedBy} at ${openedAt}\n`
}

function show(args: Arguments, terminal: Terminal, one: RecoveryTold): number {
  const where = new URL(`/people/recoveries/${encodeURIComponent(one.personId)}`, addressOf(args, terminal))
  const approved = one.approvals.filter((answer) => answer.decision === 'approve').length
  const lines = [
    lineOf(one),
    `${one.digest}\n`,
    ...one.approvals.map((answer) => `${answer.at}  ${answer.decision} by ${answer.userId}\n`),
    ...(one.state === 'open'
      ? [`${approved} of 2 approvals, until ${one.expiresAt}; answer with your passkey at ${where}\n`]
      : []),
  ]
  terminal.out(args.values['json'] === true ? `${JSON.stringify(one)}\n` : lines.join(''))
  return 0
}
