import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { addedDependencies } from '#domains/evidence'
import { type Command, textOption } from './command.ts'

/** Needs no server: it reads the repository and asks npm. */
export const evidenceDependencies: Command = {
  name: 'evidence dependencies',
  usage: 'evidence dependencies [--repo PATH] [--commit X] [--base Y] [--out FILE]',
  about:
    'lists the dependencies that a commit adds and asks npm whether they exist and since when, as a report to attach',
  options: {
    repo: { type: 'string', about: 'folder of the repository (default: the current one)' },
    commit: { type: 'string', about: 'commit, branch or tag (default: HEAD)' },
    base: { type: 'string', about: 'what it is compared with (default: its first parent)' },
    out: { type: 'string', about: 'file for the report (default: standard output)' },
  },
  run: async (args, terminal) => {
    const report = await addedDependencies({
      path: resolve(terminal.cwd, textOption(args, 'repo') ?? '.'),
      commit: textOption(args, 'commit'),
      base: textOption(args, 'base'),
      env: terminal.env,
      signal: terminal.signal,
    })
    const out = textOption(args, 'out')
    const text = `${JSON.stringify(report, null, args.values['json'] === true ? 0 : 2)}\n`
    if (out === undefined) {
      terminal.out(text)
      return 0
    }
    await writeFile(resolve(terminal.cwd, out), text)
    const missing = report.added.filter((one) => one.exists === false).length
    const unknown = report.added.filter((one) => one.exists === null).length
    const counts = { out, added: report.added.length, missing, unknown }
    terminal.out(
      args.values['json'] === true
        ? `${JSON.stringify(counts)}\n`
        : `${counts.added} added, ${missing} do not exist, ${unknown} unknown: ${out}\n`,
    )
    return 0
  },
}
