import { type Client, createClient } from '#client'
import { type Arguments, type Terminal, textOption } from './command.ts'
import { keptToken } from './credentials.ts'

export const serverOption = {
  server: { type: 'string', about: 'address of the server (default: COUNTERSIGN_SERVER, else http://127.0.0.1:7420)' },
} as const

/** The server that a command speaks to. */
export function addressOf(args: Arguments, terminal: Terminal): string {
  return textOption(args, 'server') ?? terminal.env['COUNTERSIGN_SERVER'] ?? 'http://127.0.0.1:7420'
}

/** That server, with the token of `COUNTERSIGN_TOKEN`, or else the one that `countersign login` kept for it. */
export function clientOf(args: Arguments, terminal: Terminal): Client {
  const address = addressOf(args, terminal)
  return createClient(address, terminal.env['COUNTERSIGN_TOKEN'] || keptToken(terminal.env, address))
}

export const pageOptions = {
  limit: { type: 'string', about: 'most of them to show (default: 50)' },
  cursor: { type: 'string', about: 'goes on where the last answer said `next`' },
} as const

/** Prints a page of a list, one line for each, and how to see the next. */
export async function showPage<T>(
  args: Arguments,
  terminal: Terminal,
  list: { readonly path: string; readonly query?: Readonly<Record<string, string | undefined>> },
  line: (item: T) => string,
): Promise<void> {
  const query = { ...list.query, limit: textOption(args, 'limit'), cursor: textOption(args, 'cursor') }
  const page = (await clientOf(args, terminal).get(list.path, query)) as { items: T[]; next: string | null }
  if (args.values['json'] === true) terminal.out(`${JSON.stringify(page)}\n`)
  else terminal.out(`${page.items.map(line).join('')}${page.next === null ? '' : `more: add --cursor ${page.next}\n`}`)
}
