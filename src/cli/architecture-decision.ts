import { type Command, onePositional, textOption } from './command.ts'
import { needed } from './grant.ts'
import { clientOf, pageOptions, serverOption, showPage } from './server-access.ts'

interface DecisionShown {
  readonly id: string
  readonly title: string
  readonly state: string
  readonly teamName: string | null
  readonly teamId: string
  readonly validUntil: string
}

export const architectureDecisionList: Command = {
  name: 'architecture-decision list',
  usage: 'architecture-decision list [--state S] [--team ID] [--repository ID] [--limit N] [--cursor C]',
  about: 'lists AI architecture decisions, newest first',
  options: {
    ...serverOption,
    ...pageOptions,
    state: { type: 'string', about: 'requested, approved, approved-with-conditions, rejected, superseded, expired' },
    team: { type: 'string', about: 'only of the team with this id' },
    repository: { type: 'string', about: 'only what names the repository with this id' },
  },
  run: async (args, terminal) => {
    const query = {
      state: textOption(args, 'state'),
      team: textOption(args, 'team'),
      repository: textOption(args, 'repository'),
    }
    const line = (one: DecisionShown) =>
      `${one.id}  ${one.state}  until ${one.validUntil}  ${one.teamName ?? one.teamId}  ${one.title}\n`
    await showPage(args, terminal, { path: '/v1/architecture-decisions', query }, line)
    return 0
  },
}

export const architectureDecisionShow: Command = {
  name: 'architecture-decision show',
  usage: 'architecture-decision show ID',
  about: 'one AI architecture decision, in JSON',
  options: serverOption,
  run: async (args, terminal) => {
    const id = onePositional(architectureDecisionShow, args, 'decision id')
    const found = await clientOf(args, terminal).get(`/v1/architecture-decisions/${encodeURIComponent(id)}`)
    terminal.out(`${JSON.stringify(found, null, args.values['json'] === true ? 0 : 2)}\n`)
    return 0
  },
}

export const architectureDecisionRequest: Command = {
  name: 'architecture-decision request',
  usage:
    'architecture-decision request --title T --scope TEXT (--text TEXT|--link URL) --team ID --until TIME [--repositories A,B] [--supersedes ID]',
  about: 'asks a tech lead of a team to decide about AI in its architecture; it is answered in the console',
  options: {
    ...serverOption,
    title: { type: 'string', about: 'what it is about' },
    scope: { type: 'string', about: 'what it covers, and what it does not' },
    text: { type: 'string', about: 'what is to be decided' },
    link: { type: 'string', about: 'where that is written, by https' },
    team: { type: 'string', about: 'the id of the team whose lead decides' },
    until: { type: 'string', about: 'how long it holds, as 2027-06-01T00:00:00Z, a year at most' },
    repositories: { type: 'string', about: 'ids of repositories of the team, with commas (default: all of them)' },
    supersedes: { type: 'string', about: 'the id of the decision that it replaces once it is approved' },
  },
  run: async (args, terminal) => {
    const body = {
      title: needed(architectureDecisionRequest, args, 'title'),
      scope: needed(architectureDecisionRequest, args, 'scope'),
      text: textOption(args, 'text'),
      link: textOption(args, 'link'),
      teamId: needed(architectureDecisionRequest, args, 'team'),
      validUntil: needed(architectureDecisionRequest, args, 'until'),
      repositories: textOption(args, 'repositories')
        ?.split(',')
        .filter((one) => one !== ''),
      supersedes: textOption(args, 'supersedes'),
    }
    const asked = (await clientOf(args, terminal).post('/v1/architecture-decisions', body)) as DecisionShown
    terminal.out(args.values['json'] === true ? `${JSON.stringify(asked)}\n` : `${asked.id}\n`)
    return 0
  },
}
