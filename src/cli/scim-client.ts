import { type Command, onePositional, textOption, UsageWrong } from './command.ts'
import { clientOf, serverOption, showPage } from './server-access.ts'

interface ScimClientShown {
  readonly id: string
  readonly name: string
  readonly expiresAt: string
  readonly revokedAt: string | null
  readonly lastSeenAt: string | null
}

export const scimClientAdd: Command = {
  name: 'scim client add',
  usage: 'scim client add --name N [--days N]',
  about: 'lets an identity provider provision people and groups, and prints its token, once',
  options: {
    ...serverOption,
    name: { type: 'string', about: 'which provider it is' },
    days: { type: 'string', about: 'how long its token lives (default: 365)' },
  },
  run: async (args, terminal) => {
    const name = textOption(args, 'name')
    if (name === undefined) throw UsageWrong({ message: 'needs `--name`', usage: scimClientAdd.usage })
    const body = { name, expiresInDays: Number(textOption(args, 'days') ?? 365) }
    const added = (await clientOf(args, terminal).post('/v1/scim/clients', body)) as ScimClientShown & { token: string }
    terminal.out(args.values['json'] === true ? `${JSON.stringify(added)}\n` : `${added.token}\n`)
    return 0
  },
}

export const scimClientList: Command = {
  name: 'scim client list',
  usage: 'scim client list',
  about: 'lists the programs that may provision people, newest first',
  options: serverOption,
  run: async (args, terminal) => {
    const line = (one: ScimClientShown) =>
      `${one.id}  ${one.revokedAt === null ? `until ${one.expiresAt}` : 'revoked'}  ${
        one.lastSeenAt === null ? 'never seen' : `seen ${one.lastSeenAt}`
      }  ${one.name}\n`
    await showPage(args, terminal, { path: '/v1/scim/clients' }, line)
    return 0
  },
}

export const scimClientRevoke: Command = {
  name: 'scim client revoke',
  usage: 'scim client revoke ID',
  about: 'ends the token of a program that provisions people; the people stay',
  options: serverOption,
  run: async (args, terminal) => {
    const id = onePositional(scimClientRevoke, args, 'client id')
    await clientOf(args, terminal).delete(`/v1/scim/clients/${encodeURIComponent(id)}`)
    terminal.out(args.values['json'] === true ? `${JSON.stringify({ id, revoked: true })}\n` : `revoked ${id}\n`)
    return 0
  },
}
