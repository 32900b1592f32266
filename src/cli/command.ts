import { type ParseArgsConfig, parseArgs } from 'node:util'
import { defineError } from '#platform/errors.ts'

/** What a command may touch of the process that runs it. */
export interface Terminal {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  readonly interactive: boolean
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal
}

/** One command: a file of its own, its line in `main.ts`, its row in the generated reference. */
export interface Command {
  readonly name: string
  readonly usage: string
  readonly about: string
  readonly options: Readonly<Record<string, Option>>
  /** Exit code; the codes of `docs/reference/cli.md` are stable. */
  readonly run: (args: Arguments, terminal: Terminal) => Promise<number>
}

export interface Option {
  readonly type: 'string' | 'boolean'
  readonly multiple?: boolean
  readonly about: string
}

export interface Arguments {
  readonly positionals: readonly string[]
  readonly values: Readonly<Record<string, string | boolean | readonly string[] | undefined>>
}

export const UsageWrong = defineError<{ message: string; usage: string }>(
  'usage_wrong',
  400,
  ({ message, usage }) => `${message}: usage is \`countersign ${usage}\``,
)

/** Options every command takes. */
export const commonOptions = {
  json: { type: 'boolean', about: 'answers in JSON' },
  help: { type: 'boolean', about: 'tells how the command is used' },
} satisfies Record<string, Option>

export function parseArguments(command: Command, argv: readonly string[]): Arguments {
  const options: ParseArgsConfig['options'] = {}
  const known: Record<string, Option> = { ...commonOptions, ...command.options }
  for (const [name, { type, multiple }] of Object.entries(known)) {
    options[name] = { type, multiple: multiple ?? false }
  }
  try {
    const { positionals, values } = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true })
    return { positionals, values: values as Arguments['values'] }
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('.')[0] ?? '').toLowerCase() : 'wrong arguments'
    throw UsageWrong({ message, usage: command.usage })
  }
}

/** The text of an option; undefined when it was not given. */
export function textOption(args: Arguments, name: string): string | undefined {
  const value = args.values[name]
  return typeof value === 'string' ? value : undefined
}

export function flagOption(args: Arguments, name: string): true | undefined {
  return args.values[name] === true ? true : undefined
}

/** The one positional argument that a command needs. */
export function onePositional(command: Command, args: Arguments, what: string): string {
  const [first, ...more] = args.positionals
  if (first === undefined || more.length > 0)
    throw UsageWrong({ message: `needs exactly one ${what}`, usage: command.usage })
  return first
}
