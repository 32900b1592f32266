import { basename, resolve } from 'node:path'
import type { Client } from '#client'
import { openRepository, resolveRevision } from '#domains/changes'
import { evidenceFormats, evidenceTitles, readReportFile } from '#domains/evidence'
import { type Arguments, type Command, onePositional, type Terminal, textOption, UsageWrong } from './command.ts'
import { clientOf, serverOption } from './server-access.ts'

interface Described {
  readonly id: string
  readonly format: string
  readonly commit: string | null
  readonly artifact: string | null
  readonly addedAt: string
  readonly isNew?: boolean
  readonly summary: {
    readonly tool: { readonly name: string } | null
    readonly ran: boolean
    readonly findingCounts: { readonly total: number; readonly suppressed: number }
    readonly tests: { readonly total: number; readonly failed: number; readonly errors: number } | null
    readonly redactions: number
  }
}

export const evidenceAdd: Command = {
  name: 'evidence add',
  usage: 'evidence add FILE... [--repo PATH | --repository ID] [--commit X | --artifact sha256:…] [--format F]',
  about: 'attaches reports of scanners, tests and forges to a commit or artifact; their secrets are taken out first',
  options: {
    ...serverOption,
    repo: { type: 'string', about: 'folder of the repository (default: the current one)' },
    repository: { type: 'string', about: 'id of the repository on the server; then `--commit` is needed' },
    commit: {
      type: 'string',
      about: 'commit, branch or tag that it is about (default: HEAD); with `--repository` a whole id',
    },
    artifact: { type: 'string', about: 'digest of the artifact that it is about, instead of a commit' },
    format: { type: 'string', about: 'format of the files (default: told by their content)' },
  },
  run: async (args, terminal) => {
    if (args.positionals.length === 0) throw UsageWrong({ message: 'needs a file', usage: evidenceAdd.usage })
    const format = formatOption(args)
    const files: { path: string; bytes: Uint8Array }[] = []
    for (const path of args.positionals) files.push({ path, bytes: await readReportFile(resolve(terminal.cwd, path)) })
    const client = clientOf(args, terminal)
    const subject = await subjectOf(args, terminal, client)
    const added: Described[] = []
    for (const { path, bytes } of files) {
      const query = { ...subject, format, name: basename(path) }
      const one = (await client.postBytes('/v1/evidence', query, bytes)) as Described
      added.push(one)
      if (args.values['json'] !== true) terminal.out(`${path}: ${line(one)}`)
    }
    if (args.values['json'] === true) terminal.out(`${JSON.stringify({ items: added })}\n`)
    return 0
  },
}

export const evidenceList: Command = {
  name: 'evidence list',
  usage: 'evidence list [--repository ID] [--commit X] [--artifact sha256:…] [--format F] [--limit N] [--cursor C]',
  about: 'lists evidence, newest first',
  options: {
    ...serverOption,
    repository: { type: 'string', about: 'only what is about this repository' },
    commit: { type: 'string', about: 'only what is about this commit' },
    artifact: { type: 'string', about: 'only what is about this artifact' },
    format: { type: 'string', about: 'only this format' },
    limit: { type: 'string', about: 'most items to show (default: 50)' },
    cursor: { type: 'string', about: 'goes on where the last answer said `next`' },
  },
  run: async (args, terminal) => {
    const query = {
      repositoryId: textOption(args, 'repository'),
      commit: textOption(args, 'commit'),
      artifact: textOption(args, 'artifact'),
      format: formatOption(args),
      limit: textOption(args, 'limit'),
      cursor: textOption(args, 'cursor'),
    }
    const page = (await clientOf(args, terminal).get('/v1/evidence', query)) as {
      items: Described[]
      next: string | null
    }
    if (args.values['json'] === true) terminal.out(`${JSON.stringify(page)}\n`)
    else
      terminal.out(
        `${page.items.map(line).join('')}${page.next === null ? '' : `older ones: add --cursor ${page.next}\n`}`,
      )
    return 0
  },
}

export const evidenceShow: Command = {
  name: 'evidence show',
  usage: 'evidence show ID [--content]',
  about: 'one report with everything that was read of it, in JSON; or its stored bytes',
  options: { ...serverOption, content: { type: 'boolean', about: 'the stored bytes instead, as text' } },
  run: async (args, terminal) => {
    const path = `/v1/evidence/${encodeURIComponent(onePositional(evidenceShow, args, 'evidence id'))}`
    const client = clientOf(args, terminal)
    if (args.values['content'] === true) {
      const text = new TextDecoder().decode(await client.getBytes(`${path}/content`))
      // a report may hold what a terminal would obey; a file or pipe gets the bytes as they are
      terminal.out(terminal.interactive ? text.replace(/[^\P{C}\n\t]/gu, '\ufffd') : text)
      return 0
    }
    terminal.out(`${JSON.stringify(await client.get(path), null, args.values['json'] === true ? 0 : 2)}\n`)
    return 0
  },
}

export const evidenceFormatList: Command = {
  name: 'evidence formats',
  usage: 'evidence formats',
  about: 'lists the formats of reports that are read',
  options: {},
  run: async (args, terminal) => {
    const items = evidenceTitles()
    const text = items.map(({ name, title, about }) => `${name.padEnd(14)} ${title}: ${about}\n`).join('')
    terminal.out(args.values['json'] === true ? `${JSON.stringify({ items })}\n` : text)
    return 0
  },
}

function formatOption(args: Arguments): string | undefined {
  const format = textOption(args, 'format')
  if (format !== undefined && !evidenceFormats.some((one) => one === format))
    throw UsageWrong({ message: `\`--format\` must be one of ${evidenceFormats.join(', ')}`, usage: evidenceAdd.usage })
  return format
}

async function subjectOf(args: Arguments, terminal: Terminal, client: Client): Promise<Record<string, string>> {
  const artifact = textOption(args, 'artifact')
  if (artifact !== undefined) return { artifact }
  const repositoryId = textOption(args, 'repository')
  const commit = textOption(args, 'commit')
  if (repositoryId === undefined)
    return subjectOfFolder(resolve(terminal.cwd, textOption(args, 'repo') ?? '.'), commit, client)
  if (commit === undefined) throw UsageWrong({ message: '`--repository` needs `--commit`', usage: evidenceAdd.usage })
  return { repositoryId, commit }
}

/** The repository that the server governs in that folder, and its newest commit unless another is named. */
async function subjectOfFolder(
  path: string,
  commit: string | undefined,
  client: Client,
): Promise<Record<string, string>> {
  const { rootPath } = await openRepository({ path })
  const { items } = (await client.get('/v1/repositories')) as { items: { id: string; path: string }[] }
  const governed = items.find((one) => one.path === rootPath)
  if (governed === undefined)
    throw UsageWrong({ message: `the server does not govern \`${rootPath}\``, usage: evidenceAdd.usage })
  const about = await resolveRevision(path, commit ?? 'HEAD')
  return { repositoryId: governed.id, commit: about.commit }
}

function line({ id, format, commit, artifact, addedAt, isNew, summary }: Described): string {
  const { tool, ran, findingCounts, tests, redactions } = summary
  const about = commit === null ? (artifact ?? '') : commit.slice(0, 12)
  const found = ran ? `${findingCounts.total - findingCounts.suppressed} open findings` : 'did not run'
  const tested = tests === null ? found : `${tests.total} tests, ${tests.failed + tests.errors} not passed`
  const taken = redactions === 0 ? '' : `, ${redactions} secrets taken out`
  const known = isNew === false ? ', known already' : ''
  return `${id}  ${about}  ${addedAt}  ${format}${tool === null ? '' : ` of ${tool.name}`}: ${tested}${taken}${known}\n`
}
