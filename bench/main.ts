import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Figure, type Line, verdict } from './figure.ts'
import { figures } from './figures.ts'
import { table } from './table.ts'

interface Measured {
  readonly figure: string
  readonly load: number
  readonly lines: readonly Line[]
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
    data: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
process.exitCode = values.list || values.help ? usage() : await bench(chosen(positionals))

function usage(): number {
  process.stdout.write('npm run bench -- [NAME...] [--large] [--data DIR] [--json] [--check]\n\n')
  for (const { name, about } of figures) process.stdout.write(`  ${name.padEnd(16)} ${about}\n`)
  return 0
}

/** Figures whose name begins with one of `names`; all when there is none. */
function chosen(names: readonly string[]): readonly Figure[] {
  const found = figures.filter((one) => names.length === 0 || names.some((name) => one.name.startsWith(name)))
  if (found.length === 0) throw new Error(`there is no figure ${names.join(', ')}: see --list`)
  return found
}

async function bench(wanted: readonly Figure[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-'))
  // as root, PostgreSQL runs as another user, who must be able to pass
  await chmod(folder, 0o711)
  const say = (text: string) => void process.stderr.write(`${text}\n`)
  // whole bundles: records of one that is not full would also have to stand in the database
  const context = {
    say,
    root: process.cwd(),
    folder,
    logSize: values.large ? 39_063 * 256 : 3907 * 256,
    data: values.data,
  }
  const measured: Measured[] = []
  try {
    for (const figure of wanted) {
      say(`${figure.name}: ${figure.about}`)
      const lines = await figure.run(context)
      measured.push({ figure: figure.name, load: loadavg()[0] ?? 0, lines })
      if (!values.json) process.stdout.write(`${table(figure.name, loadavg()[0] ?? 0, lines)}\n`)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  if (values.json)
    process.stdout.write(`${JSON.stringify({ machine: machine(), measured: measured.map(asJson) }, undefined, 2)}\n`)
  const lines = measured.flatMap((one) => one.lines)
  const missed = lines.filter((line) => verdict(line) === 'MISSED').length
  say(
    `${lines.length} figures on ${machine()}: ${missed} missed, ${lines.filter((line) => verdict(line) === 'NOT RUN').length} not run`,
  )
  return values.check && missed > 0 ? 1 : 0
}

function asJson({ figure, load, lines }: Measured) {
  return { figure, load, lines: lines.map((line) => ({ ...line, verdict: verdict(line) })) }
}

function machine(): string {
  return `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.version}, ${process.platform}`
}
