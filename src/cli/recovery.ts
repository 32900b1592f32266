import { type Arguments, type Command, onePositional, type Terminal } from './command.ts'
import { clientOf, serverOption } from './server-access.ts'

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

function pathOf(command: Command, args: Arguments): string {
  return `/v1/people/${encodeURIComponent(onePositional(command, args, 'id of a person'))}/recovery`
}

function show(args: Arguments, terminal: Terminal, one: RecoveryTold): number {
  const approved = one.approvals.filter((answer) => answer.decision === 'approve').length
  const lines = [
    `${one.id}  ${one.state}  of ${one.personId}  asked by ${one.openedBy} at ${one.openedAt}\n`,
    `${one.digest}\n`,
    ...one.approvals.map((answer) => `${answer.at}  ${answer.decision} by ${answer.userId}\n`),
    ...(one.state === 'open' ? [`${approved} of 2 approvals, until ${one.expiresAt}\n`] : []),
  ]
  terminal.out(args.values['json'] === true ? `${JSON.stringify(one)}\n` : lines.join(''))
  return 0
}
