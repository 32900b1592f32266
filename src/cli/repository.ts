import { resolve } from 'node:path'
import { type Command, onePositional } from './command.ts'
import { clientOf, serverOption } from './server-access.ts'

export const repositoryAdd: Command = {
  name: 'repository add',
  usage: 'repository add PATH',
  about: 'governs a git repository on the machine of the server, and reads its history',
  options: serverOption,
  run: async (args, terminal) => {
    const path = resolve(terminal.cwd, onePositional(repositoryAdd, args, 'path'))
    const added = (await clientOf(args, terminal).post('/v1/repositories', { path })) as { id: string }
    terminal.out(args.values['json'] === true ? `${JSON.stringify(added)}\n` : `${added.id}\n`)
    return 0
  },
}

export const repositoryList: Command = {
  name: 'repository list',
  usage: 'repository list',
  about: 'lists the governed repositories and how far each is read',
  options: serverOption,
  run: async (args, terminal) => {
    const { items } = (await clientOf(args, terminal).get('/v1/repositories')) as {
      items: { id: string; name: string; changesRead: number; importedAt: string | null; problem: string | null }[]
    }
    const line = (one: (typeof items)[number]) =>
      `${one.id}  ${one.name}  ${one.changesRead} changes  ${one.problem ?? one.importedAt ?? 'being read'}\n`
    terminal.out(args.values['json'] === true ? `${JSON.stringify({ items })}\n` : items.map(line).join(''))
    return 0
  },
}
