import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Client } from '#client'
import { type Arguments, type Command, onePositional, type Terminal, textOption, UsageWrong } from './command.ts'
import { plain } from './plain.ts'
import { addressOf, clientOf, pageOptions, serverOption, showPage } from './server-access.ts'

interface Clause {
  readonly id: string
  readonly title: string
  readonly text: string
}

interface Document {
  readonly title: string
  readonly clauses: readonly Clause[]
}

interface Proposal {
  readonly id: string
  readonly state: string
  readonly document: Document
  readonly digest: string
  readonly proposer: string
  readonly reason: string
  readonly proposedAt: string
  readonly number: number | null
}

interface ProposalShown extends Proposal {
  readonly diff: {
    readonly title: { readonly before: string; readonly after: string } | null
    readonly added: readonly Clause[]
    readonly removed: readonly Clause[]
    readonly changed: readonly { readonly before: Clause; readonly after: Clause }[]
    readonly isReordered: boolean
  } | null
  readonly approvals: readonly { readonly userId: string; readonly decision: string; readonly at: string }[]
  readonly approvalsNeeded: number
}

const fileBytesMax = 65_536

export const charterPropose: Command = {
  name: 'charter propose',
  usage: 'charter propose (FILE|--clause ID [--title T] [--text T]) --reason TEXT',
  about:
    'proposes a version of the charter, from a file or with one clause in other words; two others decide in the console',
  options: {
    ...serverOption,
    clause: { type: 'string', about: 'id of the clause that gets other words: CH-3' },
    title: { type: 'string', about: 'its new title' },
    text: { type: 'string', about: 'its new text' },
    reason: { type: 'string', about: 'why; whoever decides reads it' },
  },
  run: async (args, terminal) => {
    const client = clientOf(args, terminal)
    const reason = textOption(args, 'reason')
    const clause = textOption(args, 'clause')
    if (reason === undefined || (clause === undefined) === (args.positionals.length === 0))
      throw UsageWrong({ message: 'needs a file or a clause, and a reason', usage: charterPropose.usage })
    const document = clause === undefined ? await documentIn(args, terminal) : await reworded(client, args, clause)
    const proposed = (await client.post('/v1/charter/proposals', { document, reason })) as ProposalShown
    terminal.out(args.values['json'] === true ? `${JSON.stringify(proposed)}\n` : describe(proposed, args, terminal))
    return 0
  },
}

/** What `charter document` prints, with other words. */
async function documentIn(args: Arguments, terminal: Terminal): Promise<unknown> {
  const path = resolve(terminal.cwd, onePositional(charterPropose, args, 'file'))
  const wrong = (message: string) => UsageWrong({ message, usage: charterPropose.usage })
  const found = await stat(path).catch((error: unknown) => {
    throw wrong(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  })
  if (!found.isFile() || found.size > fileBytesMax) throw wrong(`${path} is no file of up to ${fileBytesMax} bytes`)
  const text = await readFile(path, 'utf8')
  try {
    return JSON.parse(text)
  } catch {
    throw wrong(`${path} is no JSON, as \`charter document\` prints it`)
  }
}

async function reworded(client: Client, args: Arguments, id: string): Promise<Document> {
  const words = { title: textOption(args, 'title'), text: textOption(args, 'text') }
  if (words.title === undefined && words.text === undefined)
    throw UsageWrong({ message: 'needs the new `--title` or `--text`', usage: charterPropose.usage })
  const document = await documentInForce(client)
  if (!document.clauses.some((one) => one.id === id))
    throw UsageWrong({ message: `the charter has no clause \`${id}\``, usage: charterPropose.usage })
  const { title, text } = words
  const change = { ...(title === undefined ? {} : { title }), ...(text === undefined ? {} : { text }) }
  return { ...document, clauses: document.clauses.map((one) => (one.id === id ? { ...one, ...change } : one)) }
}

async function documentInForce(client: Client): Promise<Document> {
  const { number } = (await client.get('/v1/charter')) as { number: number }
  return ((await client.get(`/v1/charter/versions/${number}`)) as { document: Document }).document
}

export const charterDocument: Command = {
  name: 'charter document',
  usage: 'charter document',
  about: 'the document of the charter in force as JSON, to be changed and proposed',
  options: serverOption,
  run: async (args, terminal) => {
    if (args.positionals.length > 0) throw UsageWrong({ message: 'takes no arguments', usage: charterDocument.usage })
    terminal.out(`${JSON.stringify(await documentInForce(clientOf(args, terminal)), null, 2)}\n`)
    return 0
  },
}

export const charterProposals: Command = {
  name: 'charter proposals',
  usage: 'charter proposals [--state S] [--limit N] [--cursor C]',
  about: 'lists proposed and decided versions of the charter, newest first',
  options: {
    ...serverOption,
    ...pageOptions,
    state: { type: 'string', about: 'proposed, adopted, rejected or withdrawn' },
  },
  run: async (args, terminal) => {
    const query = { state: textOption(args, 'state') }
    await showPage(args, terminal, { path: '/v1/charter/proposals', query }, lineOf)
    return 0
  },
}

export const charterDecide: Command = {
  name: 'charter decide',
  usage: 'charter decide PROPOSAL',
  about: 'shows what a proposal changes and who has answered, and where to answer with your passkey',
  options: serverOption,
  run: async (args, terminal) => {
    const id = onePositional(charterDecide, args, 'proposal id')
    const path = `/v1/charter/proposals/${encodeURIComponent(id)}`
    const found = (await clientOf(args, terminal).get(path)) as ProposalShown
    terminal.out(args.values['json'] === true ? `${JSON.stringify(found)}\n` : describe(found, args, terminal))
    return 0
  },
}

export const charterWithdraw: Command = {
  name: 'charter withdraw',
  usage: 'charter withdraw PROPOSAL',
  about: 'takes back a version of the charter that you have proposed',
  options: serverOption,
  run: async (args, terminal) => {
    const id = onePositional(charterWithdraw, args, 'proposal id')
    await clientOf(args, terminal).delete(`/v1/charter/proposals/${encodeURIComponent(id)}`)
    terminal.out(
      args.values['json'] === true ? `${JSON.stringify({ id, state: 'withdrawn' })}\n` : `${id}  withdrawn\n`,
    )
    return 0
  },
}

interface Grace {
  readonly days: number
  readonly history: readonly { readonly days: number; readonly setBy: string; readonly setAt: string }[]
}

export const charterGrace: Command = {
  name: 'charter grace',
  usage: 'charter grace [DAYS]',
  about: 'how many days people have to acknowledge the charter, and who set that when; or sets it',
  options: serverOption,
  run: async (args, terminal) => {
    const client = clientOf(args, terminal)
    const path = '/v1/charter/grace-period'
    const isShown = args.positionals.length === 0
    const grace = (await (isShown ? client.get(path) : client.put(path, { days: daysIn(args) }))) as Grace
    if (args.values['json'] === true) terminal.out(`${JSON.stringify(grace)}\n`)
    else
      terminal.out(
        `${grace.days} days\n${grace.history.map((one) => `${one.setAt}  ${one.days} days, by ${one.setBy}\n`).join('')}`,
      )
    return 0
  },
}

function daysIn(args: Arguments): number {
  const days = onePositional(charterGrace, args, 'number of days')
  if (!/^\d{1,3}$/.test(days)) throw UsageWrong({ message: 'DAYS is a number up to 365', usage: charterGrace.usage })
  return Number(days)
}

function lineOf({ id, state, number, proposer, proposedAt, reason }: Proposal): string {
  const became = number === null ? state : `${state} as version ${number}`
  return `${id}  ${became}  ${proposedAt}  by ${proposer}  ${plain(reason)}\n`
}

function describe(one: ProposalShown, args: Arguments, terminal: Terminal): string {
  const where = new URL(`/policy/charter/proposals/${encodeURIComponent(one.id)}`, addressOf(args, terminal))
  const isOpen = one.state === 'proposed'
  const approved = one.approvals.filter((answer) => answer.decision === 'approve').length
  return [
    lineOf(one),
    `${one.digest}\n`,
    ...changesIn(one.diff),
    ...one.approvals.map((answer) => `${answer.at}  ${answer.decision} by ${answer.userId}\n`),
    ...(isOpen ? [`${approved} of ${one.approvalsNeeded} approvals; answer with your passkey at ${where}\n`] : []),
  ].join('')
}

function changesIn(diff: ProposalShown['diff']): string[] {
  if (diff === null) return []
  const clause = (mark: string, { id, title, text }: Clause) => `${mark} ${id}  ${plain(title)}: ${plain(text)}\n`
  return [
    ...(diff.title === null ? [] : [`- ${plain(diff.title.before)}\n+ ${plain(diff.title.after)}\n`]),
    ...diff.removed.map((one) => clause('-', one)),
    ...diff.changed.flatMap(({ before, after }) => [clause('-', before), clause('+', after)]),
    ...diff.added.map((one) => clause('+', one)),
    ...(diff.isReordered ? ['the clauses stand in another order\n'] : []),
  ]
}
