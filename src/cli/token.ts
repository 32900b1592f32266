import { type Arguments, type Command, onePositional, textOption, UsageWrong } from './command.ts'
import { clientOf, pageOptions, serverOption, showPage } from './server-access.ts'

interface TokenShown {
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly expiresAt: string
  readonly revokedAt: string | null
}

export const tokenCreate: Command = {
  name: 'token create',
  usage: 'token create --name N --scopes A,B [--days N]',
  about: 'makes an API token with these permissions and prints it, once',
  options: {
    ...serverOption,
    name: { type: 'string', about: 'what it is for' },
    scopes: { type: 'string', about: 'permissions, with commas: ledger:read,change:read' },
    days: { type: 'string', about: 'how long it lives (default: 90)' },
  },
  run: async (args, terminal) => {
    const body = {
      name: required(args, 'name'),
      scopes: required(args, 'scopes').split(','),
      expiresInDays: Number(textOption(args, 'days') ?? 90),
    }
    const made = (await clientOf(args, terminal).post('/v1/tokens', body)) as TokenShown & { token: string }
    terminal.out(args.values['json'] === true ? `${JSON.stringify(made)}\n` : `${made.token}\n`)
    return 0
  },
}

export const tokenList: Command = {
  name: 'token list',
  usage: 'token list [--limit N] [--cursor C]',
  about: 'lists your API tokens, newest first',
  options: { ...serverOption, ...pageOptions },
  run: async (args, terminal) => {
    const line = (one: TokenShown) =>
      `${one.id}  ${one.revokedAt === null ? `until ${one.expiresAt}` : 'revoked'}  ${one.name}  ${one.scopes.join(',')}\n`
    await showPage(args, terminal, { path: '/v1/tokens' }, line)
    return 0
  },
}

export const tokenRevoke: Command = {
  name: 'token revoke',
  usage: 'token revoke ID',
  about: 'ends one of your API tokens at once',
  options: serverOption,
  run: async (args, terminal) => {
    const id = onePositional(tokenRevoke, args, 'token id')
    await clientOf(args, terminal).delete(`/v1/tokens/${encodeURIComponent(id)}`)
    terminal.out(args.values['json'] === true ? `${JSON.stringify({ id, revoked: true })}\n` : `revoked ${id}\n`)
    return 0
  },
}

function required(args: Arguments, name: string): string {
  const value = textOption(args, name)
  if (value === undefined) throw UsageWrong({ message: `needs \`--${name}\``, usage: tokenCreate.usage })
  return value
}
