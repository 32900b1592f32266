import { resolve } from 'node:path'
import { type Command, onePositional } from './command.ts'
import { clientOf, pageOptions, serverOption, showPage } from './server-access.ts'

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

interface RepositoryShown {
  readonly id: string
  readonly name: string
  readonly changesRead: number
  readonly importedAt: string | null
  readonly problem: string | null
}

export const repositoryList: Command = {
  name: 'repository list',
  usage: 'repository list [--limit N] [--cursor C]',
  about: 'lists the governed repositories by name, and how far each is read',
  options: { ...serverOption, ...pageOptions },
  run: async (args, terminal) => {
    const line = (one: RepositoryShown) =>
      `${one.id}  ${one.name}  ${one.changesRead} changes  ${one.problem ?? one.importedAt ?? 'being read'}\n`
    await showPage(args, terminal, { path: '/v1/repositories' }, line)
    return 0
  },
}
