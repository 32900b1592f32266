import { type Command, onePositional, textOption, UsageWrong } from './command.ts'
import { plain } from './plain.ts'
import { clientOf, pageOptions, serverOption, showPage } from './server-access.ts'

interface ShownClause {
  readonly id: string
  readonly kind: string
  readonly title: string
  readonly text: string
  readonly rules: readonly { readonly id: string }[]
  readonly figures: { readonly decisions: number; readonly denials: number; readonly violations: number }
}

interface ShownAcknowledgement {
  readonly state: 'acknowledged' | 'grace' | 'overdue'
  readonly dueAt: string
  readonly acknowledgedAt: string | null
}

interface ShownCharter {
  readonly number: number
  readonly title: string
  readonly adoptedAt: string
  readonly digest: string
  readonly clauses: readonly ShownClause[]
  readonly acknowledgement: ShownAcknowledgement | null
}

const kinds = [
  ['principle', 'Principles'],
  ['prohibited', 'Prohibited activities'],
  ['mandatory', 'Mandatory controls'],
] as const

export const charterShow: Command = {
  name: 'charter show',
  usage: 'charter show',
  about: 'the charter in force, clause by clause, with the rules that enforce each and what they said in 30 days',
  options: serverOption,
  run: async (args, terminal) => {
    if (args.positionals.length > 0) throw UsageWrong({ message: 'takes no arguments', usage: charterShow.usage })
    const charter = (await clientOf(args, terminal).get('/v1/charter')) as ShownCharter
    terminal.out(args.values['json'] === true ? `${JSON.stringify(charter)}\n` : describe(charter))
    return 0
  },
}

export const charterAcknowledge: Command = {
  name: 'charter acknowledge',
  usage: 'charter acknowledge VERSION',
  about: 'says that you have read this version of the charter, which must be the one in force',
  options: serverOption,
  run: async (args, terminal) => {
    const given = onePositional(charterAcknowledge, args, 'version')
    const version = /^\d{1,9}$/.test(given) ? Number(given) : 0
    if (version === 0) throw UsageWrong({ message: 'VERSION is a number', usage: charterAcknowledge.usage })
    const client = clientOf(args, terminal)
    const answer = (await client.post('/v1/charter/acknowledgement', { version })) as ShownAcknowledgement
    if (args.values['json'] === true) terminal.out(`${JSON.stringify(answer)}\n`)
    else terminal.out(`version ${version} acknowledged at ${answer.acknowledgedAt}\n`)
    return 0
  },
}

interface ShownStanding extends ShownAcknowledgement {
  readonly userId: string
  readonly name: string | null
}

export const charterStatus: Command = {
  name: 'charter status',
  usage: 'charter status [--state S] [--limit N] [--cursor C]',
  about: 'who has not acknowledged the charter in force, or whoever is in another state',
  options: {
    ...serverOption,
    state: { type: 'string', about: 'acknowledged, grace, overdue or missing (default: missing)' },
    ...pageOptions,
  },
  run: async (args, terminal) => {
    const line = (one: ShownStanding) => `${one.userId}  ${told(one).padEnd(40)}  ${plain(one.name ?? '(no name)')}\n`
    const query = { state: textOption(args, 'state') ?? 'missing' }
    await showPage(args, terminal, { path: '/v1/charter/acknowledgements', query }, line)
    return 0
  },
}

function describe({ number, title, adoptedAt, digest, clauses, acknowledgement }: ShownCharter): string {
  const parts = kinds.flatMap(([kind, word]) => {
    const own = clauses.filter((one) => one.kind === kind)
    return own.length === 0 ? [] : [`\n${word}\n`, ...own.map(clauseLines)]
  })
  const standing = acknowledgement === null ? '' : `you: ${told(acknowledgement)}\n`
  return `${plain(title)}, version ${number} of ${adoptedAt}\n${digest}\n${standing}${parts.join('')}`
}

function clauseLines({ id, title, text, rules, figures }: ShownClause): string {
  const { decisions, denials, violations } = figures
  const enforced = rules.length === 0 ? 'no rule of a gate' : rules.map((one) => one.id).join(', ')
  return `  ${id.padEnd(6)}${plain(title)}: ${plain(text)}\n        ${enforced}; 30 days: ${decisions} judged, ${denials} held back, ${violations} violations\n`
}

function told({ state, dueAt, acknowledgedAt }: ShownAcknowledgement): string {
  if (state === 'acknowledged') return `acknowledged ${acknowledgedAt}`
  return state === 'grace' ? `to acknowledge until ${dueAt}` : `overdue since ${dueAt}`
}
