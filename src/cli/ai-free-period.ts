import { type Command, onePositional, textOption } from './command.ts'
import { needed } from './grant.ts'
import { clientOf, pageOptions, serverOption, showPage } from './server-access.ts'

interface PeriodShown {
  readonly id: string
  readonly teamName: string | null
  readonly teamId: string | null
  readonly userName: string | null
  readonly userId: string | null
  readonly startsAt: string
  readonly endsAt: string
  readonly state: string
  readonly reason: string
}

const words = (one: PeriodShown) =>
  `${one.id}  ${one.state}  ${one.startsAt} to ${one.endsAt}  ${one.teamName ?? one.teamId ?? one.userName ?? one.userId}  ${one.reason}\n`

export const aiFreePeriodList: Command = {
  name: 'ai-free-period list',
  usage: 'ai-free-period list [--past] [--mine] [--limit N] [--cursor C]',
  about: 'lists the time without AI tools that runs and comes, by date',
  options: {
    ...serverOption,
    ...pageOptions,
    past: { type: 'boolean', about: 'what is over or cancelled, the last first' },
    mine: { type: 'boolean', about: 'only what concerns you' },
  },
  run: async (args, terminal) => {
    const query = {
      when: args.values['past'] === true ? 'past' : 'coming',
      of: args.values['mine'] === true ? 'me' : 'all',
    }
    await showPage(args, terminal, { path: '/v1/ai-free-periods', query }, words)
    return 0
  },
}

export const aiFreePeriodPlan: Command = {
  name: 'ai-free-period plan',
  usage: 'ai-free-period plan (--team ID|--user ID) --end TIME [--start TIME] --reason TEXT',
  about: 'plans and announces time in which a team or a person works without AI tools',
  options: {
    ...serverOption,
    team: { type: 'string', about: 'the id of the team' },
    user: { type: 'string', about: 'the id of the person' },
    start: { type: 'string', about: 'when it begins, as 2027-03-01T09:00:00Z (default: now)' },
    end: { type: 'string', about: 'when it ends' },
    reason: { type: 'string', about: 'why; it is announced with the period' },
  },
  run: async (args, terminal) => {
    const body = {
      teamId: textOption(args, 'team'),
      userId: textOption(args, 'user'),
      startsAt: textOption(args, 'start'),
      endsAt: needed(aiFreePeriodPlan, args, 'end'),
      reason: needed(aiFreePeriodPlan, args, 'reason'),
    }
    const period = (await clientOf(args, terminal).post('/v1/ai-free-periods', body)) as PeriodShown
    terminal.out(args.values['json'] === true ? `${JSON.stringify(period)}\n` : `${period.id}\n`)
    return 0
  },
}

export const aiFreePeriodCancel: Command = {
  name: 'ai-free-period cancel',
  usage: 'ai-free-period cancel ID --reason TEXT',
  about: 'cancels time without AI tools that is not over',
  options: { ...serverOption, reason: { type: 'string', about: 'why' } },
  run: async (args, terminal) => {
    const id = onePositional(aiFreePeriodCancel, args, 'period id')
    const reason = needed(aiFreePeriodCancel, args, 'reason')
    const path = `/v1/ai-free-periods/${encodeURIComponent(id)}/cancellation`
    const period = (await clientOf(args, terminal).post(path, { reason })) as PeriodShown
    terminal.out(args.values['json'] === true ? `${JSON.stringify(period)}\n` : words(period))
    return 0
  },
}
