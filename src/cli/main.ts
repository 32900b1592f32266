import { constants } from 'node:os'
import { DomainError } from '#platform/errors.ts'
import { type Command, parseArguments, type Terminal } from './command.ts'
import { commands } from './commands.ts'

/** Runs one command line and answers its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const terminal = processTerminal()
  const command = findCommand(argv)
  if (command === undefined) return help(argv, terminal)
  const rest = argv.slice(command.name.split(' ').length)
  try {
    const args = parseArguments(command, rest)
    if (args.values['help'] === true) {
      terminal.out(describe(command))
      return 0
    }
    return await command.run(args, terminal)
  } catch (error) {
    return terminal.signal.aborted ? stopped(terminal) : explain(error, rest.includes('--json'), terminal)
  }
}

/** Whatever a command that was told to stop fails with, it fails by that. The exit code is that of a shell: 128 and the signal. */
function stopped({ signal, interactive, err }: Terminal): number {
  const name = signal.reason as keyof typeof constants.signals
  // a line that counts what was read may be under way
  err(`${interactive ? '\n' : ''}stopped by ${name}\n`)
  return 128 + constants.signals[name]
}

/** The longest name wins: `ledger verify` before `ledger`. */
function findCommand(argv: readonly string[]): Command | undefined {
  const line = `${argv.slice(0, 3).join(' ')} `
  return [...commands].sort((a, b) => b.name.length - a.name.length).find((one) => line.startsWith(`${one.name} `))
}

function help(argv: readonly string[], terminal: Terminal): number {
  const asked = argv.length === 0 || argv[0] === '--help' || argv[0] === 'help'
  const width = Math.max(...commands.map((one) => one.usage.length))
  const list = commands.map((one) => `  countersign ${one.usage.padEnd(width)}  ${one.about}`).join('\n')
  const text = `Countersign governs AI-assisted delivery and proves it.\n\n${list}\n\nAdd --help to a command to see its options.\n`
  if (asked) terminal.out(text)
  else terminal.err(`there is no command \`${argv[0]}\`\n\n${text}`)
  return asked ? 0 : 2
}

function describe(command: Command): string {
  const options = Object.entries(command.options).map(([name, one]) => `  --${name.padEnd(14)} ${one.about}\n`)
  return `countersign ${command.usage}\n\n${command.about}\n${options.length > 0 ? `\n${options.join('')}` : ''}`
}

/** One sentence and a hint; a fault of ours keeps its stack, because nobody can mend it without. */
function explain(error: unknown, asJson: boolean, terminal: Terminal): number {
  if (!(error instanceof DomainError)) {
    terminal.err(`internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    return 2
  }
  if (asJson)
    terminal.err(`${JSON.stringify({ error: { code: error.code, message: error.message, hint: error.hint } })}\n`)
  else terminal.err(`${error.message}\n${error.hint === undefined ? '' : `hint: ${error.hint}\n`}`)
  return 2
}

function processTerminal(): Terminal {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort(signal))
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    env: process.env,
    cwd: process.cwd(),
    interactive: process.stdout.isTTY === true,
    signal: stop.signal,
  }
}
