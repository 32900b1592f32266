import { type Command, onePositional, textOption, UsageWrong } from './command.ts'
import { clientOf, serverOption, showPage } from './server-access.ts'

interface TeamShown {
  readonly id: string
  readonly name: string
  readonly people: number
  readonly repositories: readonly string[]
}

export const teamAdd: Command = {
  name: 'team add',
  usage: 'team add NAME',
  about: 'makes a team, in which roles can be held, and prints its id',
  options: serverOption,
  run: async (args, terminal) => {
    const name = onePositional(teamAdd, args, 'name')
    const made = (await clientOf(args, terminal).post('/v1/teams', { name })) as TeamShown
    terminal.out(args.values['json'] === true ? `${JSON.stringify(made)}\n` : `${made.id}\n`)
    return 0
  },
}

export const teamList: Command = {
  name: 'team list',
  usage: 'team list',
  about: 'lists teams by name, with how many people hold a role in each and its repositories',
  options: serverOption,
  run: async (args, terminal) => {
    const line = (one: TeamShown) => `${one.id}  ${one.people}  ${one.name}  ${one.repositories.join(',')}\n`
    await showPage(args, terminal, { path: '/v1/teams' }, line)
    return 0
  },
}

export const teamRepositories: Command = {
  name: 'team repositories',
  usage: 'team repositories ID --set A,B',
  about: 'says which repositories belong to a team: these, and no others',
  options: { ...serverOption, set: { type: 'string', about: 'ids of repositories, with commas; empty for none' } },
  run: async (args, terminal) => {
    const id = onePositional(teamRepositories, args, 'team id')
    const set = textOption(args, 'set')
    if (set === undefined) throw UsageWrong({ message: 'needs `--set`', usage: teamRepositories.usage })
    const repositories = set.split(',').filter((one) => one !== '')
    const path = `/v1/teams/${encodeURIComponent(id)}/repositories`
    const team = (await clientOf(args, terminal).put(path, { repositories })) as TeamShown
    terminal.out(
      args.values['json'] === true ? `${JSON.stringify(team)}\n` : `${team.repositories.length} repositories\n`,
    )
    return 0
  },
}

export const teamRemove: Command = {
  name: 'team remove',
  usage: 'team remove ID',
  about: 'removes a team in which nobody holds a role',
  options: serverOption,
  run: async (args, terminal) => {
    const id = onePositional(teamRemove, args, 'team id')
    await clientOf(args, terminal).delete(`/v1/teams/${encodeURIComponent(id)}`)
    terminal.out(args.values['json'] === true ? `${JSON.stringify({ id, removed: true })}\n` : `removed ${id}\n`)
    return 0
  },
}
