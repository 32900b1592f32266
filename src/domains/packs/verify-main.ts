import { parseArgs } from 'node:util'
import { DomainError } from '#platform/errors.ts'
import { runVerify } from './verify/run-verify.ts'

const USAGE = `usage: node verify.mjs PACK [--keys FILE] [--json]

Verifies a Countersign evidence pack without any network, server or installed package.
  --keys FILE  trust only the keys of this file (the keys.json that the operator gave you directly)
  --json       answer as JSON
Exit code: 0 verified, 1 not verified, 2 could not read.
`

/** The whole of `verify.mjs`. */
async function main(argv: readonly string[]): Promise<number> {
  const request = readArguments(argv)
  if (request === undefined) {
    process.stderr.write(USAGE)
    return 2
  }
  try {
    return await runVerify({ ...request, out: (text) => void process.stdout.write(text) })
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    process.stderr.write(`${error.message}${error.hint === undefined ? '' : `\nhint: ${error.hint}`}\n`)
    return 2
  }
}

function readArguments(argv: readonly string[]) {
  try {
    const { positionals, values } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { keys: { type: 'string' }, json: { type: 'boolean' } },
    })
    const [pack, ...more] = positionals
    if (pack === undefined || more.length > 0) return undefined
    return { pack, keys: values.keys, format: values.json === true ? ('json' as const) : ('text' as const) }
  } catch {
    return undefined
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    process.stderr.write(`internal error: ${error instanceof Error ? error.stack : String(error)}\n`)
    process.exitCode = 2
  },
)
