import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type Command, textOption } from './command.ts'

/** Writes the reference from what the program is made of: nobody restates a route, an error or a setting by hand. */
export function referenceCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'reference',
    usage: 'reference [--out DIR]',
    about: 'writes the reference: HTTP interface, errors, events, permissions, settings and commands',
    options: { out: { type: 'string', about: 'folder for the files (default: docs/reference)' } },
    run: async (args, terminal) => {
      const { eventFolder, referenceFiles } = await import('./reference-files.ts')
      const out = resolve(terminal.cwd, textOption(args, 'out') ?? 'docs/reference')
      await rm(join(out, eventFolder), { recursive: true, force: true })
      const files = referenceFiles(commands())
      for (const [path, content] of files) {
        await mkdir(dirname(join(out, path)), { recursive: true })
        await writeFile(join(out, path), content)
      }
      const paths = [...files.keys()].map((path) => join(out, path))
      terminal.out(args.values['json'] === true ? `${JSON.stringify({ files: paths })}\n` : `${paths.join('\n')}\n`)
      return 0
    },
  }
}
