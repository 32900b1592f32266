import { type Client, createClient } from '#client'
import { type Arguments, type Terminal, textOption } from './command.ts'

export const serverOption = {
  server: { type: 'string', about: 'address of the server (default: COUNTERSIGN_SERVER, else http://127.0.0.1:7420)' },
} as const

/** The server that a command speaks to, with the token of `COUNTERSIGN_TOKEN`. */
export function clientOf(args: Arguments, terminal: Terminal): Client {
  const address = textOption(args, 'server') ?? terminal.env['COUNTERSIGN_SERVER'] ?? 'http://127.0.0.1:7420'
  return createClient(address, terminal.env['COUNTERSIGN_TOKEN'] || undefined)
}
