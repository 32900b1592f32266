import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { compileCedar, compilePack, type Diagnostic, type JsonSchema } from '#kernel/policy'
import { DomainError, defineError } from '#platform/errors.ts'
import { type Arguments, type Command, type Terminal, textOption, UsageWrong } from './command.ts'

export const PolicyFileUnreadable = defineError<{ path: string; reason: string }>(
  'policy_file_unreadable',
  422,
  ({ path, reason }) => `\`${path}\` cannot be read: ${reason}`,
)

export const policyCheck: Command = {
  name: 'policy check',
  usage: 'policy check FILE... --schema FILE',
  about: 'finds the mistakes in packs (.yaml) and Cedar policies (.cedar) before they decide: exit code 0 none, 1 some',
  options: {
    schema: { type: 'string', about: 'JSON Schema of the facts for packs, Cedar schema for Cedar policies' },
  },
  run: async (args, terminal) => {
    const schemaPath = textOption(args, 'schema')
    if (args.positionals.length === 0 || schemaPath === undefined)
      throw UsageWrong({ message: 'needs a file and its `--schema`', usage: policyCheck.usage })
    const schema = await readText(terminal, schemaPath)
    const diagnostics: Diagnostic[] = []
    for (const path of args.positionals) diagnostics.push(...(await check(terminal, path, schema)))
    report(args, terminal, diagnostics)
    return diagnostics.some((one) => one.severity === 'error') ? 1 : 0
  },
}

async function check(terminal: Terminal, path: string, schema: string): Promise<readonly Diagnostic[]> {
  const text = await readText(terminal, path)
  if (path.endsWith('.cedar')) return (await compileCedar(text, { source: path, schema })).diagnostics
  try {
    const factsSchema: JsonSchema = JSON.parse(schema)
    return compilePack(text, { source: path, factsSchema }).diagnostics
  } catch (error) {
    if (error instanceof DomainError) throw error
    throw PolicyFileUnreadable(
      { path: 'the schema', reason: error instanceof Error ? error.message : 'it is no JSON' },
      error,
    )
  }
}

function report(args: Arguments, terminal: Terminal, diagnostics: readonly Diagnostic[]): void {
  if (args.values['json'] === true) {
    terminal.out(`${JSON.stringify({ diagnostics })}\n`)
    return
  }
  for (const { source, line, column, severity, message, help } of diagnostics) {
    const hint = help === undefined ? '' : ` (${help})`
    terminal.out(`${source}:${line}:${column}: ${severity}: ${message}${hint}\n`.replace(/[^\P{C}\n]/gu, '\ufffd'))
  }
  if (diagnostics.length === 0) terminal.out('no mistakes\n')
}

async function readText(terminal: Terminal, path: string): Promise<string> {
  try {
    return await readFile(resolve(terminal.cwd, path), 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    throw PolicyFileUnreadable(
      { path, reason: code === 'ENOENT' ? 'there is no such file' : 'it may not be opened' },
      error,
    )
  }
}
