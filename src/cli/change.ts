import { type Command, onePositional, textOption } from './command.ts'
import { clientOf, pageOptions, serverOption, showPage } from './server-access.ts'

interface Summary {
  readonly id: string
  readonly title: string
  readonly mergedAt: string
  readonly attribution: {
    readonly lines: { readonly attested: number; readonly declared: number; readonly total: number }
  }
}

export const changeList: Command = {
  name: 'change list',
  usage: 'change list [--repository ID] [--limit N] [--cursor C]',
  about: 'lists changes, newest first, with the lines that AI is known to have written',
  options: {
    ...serverOption,
    repository: { type: 'string', about: 'only changes of this repository' },
    ...pageOptions,
  },
  run: async (args, terminal) => {
    const query = { repositoryId: textOption(args, 'repository') }
    await showPage(args, terminal, { path: '/v1/changes', query }, line)
    return 0
  },
}

export const changeShow: Command = {
  name: 'change show',
  usage: 'change show ID',
  about: 'one change with its commits, files, parties and attribution, in JSON',
  options: serverOption,
  run: async (args, terminal) => {
    const id = onePositional(changeShow, args, 'change id')
    const change = await clientOf(args, terminal).get(`/v1/changes/${encodeURIComponent(id)}`)
    terminal.out(`${JSON.stringify(change, null, args.values['json'] === true ? 0 : 2)}\n`)
    return 0
  },
}

/** Titles come from a repository that may be hostile: nothing that a terminal would obey is printed. */
function line({ id, title, mergedAt, attribution }: Summary): string {
  const { attested, declared, total } = attribution.lines
  return `${id}  ${mergedAt}  ${attested + declared} of ${total} lines AI  ${title.replace(/\p{C}/gu, '\ufffd')}\n`
}
