import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Each build is one Vite configuration; the server's comes last because it embeds what the others made. */
const configurations = [
  'vite.verify.config.ts',
  'vite.page.config.ts',
  'vite.console.config.ts',
  'vite.server.config.ts',
]
const inputs = ['src', 'console', 'package.json', 'tsconfig.json', ...configurations]

/**
 * Builds `dist/` when the sources differ from what it was built from. Safe to run in two processes at once:
 * each builds into a folder of its own and renames it into place.
 */
export async function buildWhenStale(root) {
  const wanted = digestOfSources(root)
  const stamp = join(root, 'dist', 'built-from')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  await build(root, wanted)
}

async function build(root, digest) {
  const vite = await import('vite').catch(() => undefined)
  if (vite === undefined) {
    if (existsSync(join(root, 'dist', 'cli.js'))) return
    process.stderr.write(
      'countersign is not built and its build tools are not installed: run `npm ci` and then `npm run build`\n',
    )
    process.exit(2)
  }
  const outDir = join(root, `dist.building-${process.pid}`)
  process.stderr.write('building countersign…\n')
  mkdirSync(outDir, { recursive: true })
  const startedIn = process.cwd()
  const { NODE_ENV } = process.env
  try {
    // a build is for production, also one that a test of the command line sets off
    process.env.NODE_ENV = 'production'
    // configurations name files relative to the root
    process.chdir(root)
    for (const configFile of configurations) {
      const isConsole = configFile === 'vite.console.config.ts'
      await vite.build({
        root: isConsole ? join(root, 'console') : root,
        configFile: join(root, configFile),
        logLevel: 'error',
        build: { outDir: isConsole ? join(outDir, 'console') : outDir, emptyOutDir: false },
      })
    }
    writeFileSync(join(outDir, 'built-from'), digest)
    swap(root, outDir)
  } finally {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = NODE_ENV
    process.chdir(startedIn)
    rmSync(outDir, { recursive: true, force: true })
  }
}

function swap(root, outDir) {
  const old = join(root, `dist.old-${process.pid}`)
  if (existsSync(join(root, 'dist'))) renameSync(join(root, 'dist'), old)
  renameSync(outDir, join(root, 'dist'))
  rmSync(old, { recursive: true, force: true })
}

function digestOfSources(root) {
  const hash = createHash('sha256')
  for (const path of inputs.flatMap((input) => files(join(root, input)))) {
    hash.update(path.slice(root.length)).update('\0').update(readFileSync(path)).update('\0')
  }
  return hash.digest('hex')
}

function files(path) {
  if (!existsSync(path)) return []
  if (statSync(path).isFile()) return [path]
  return readdirSync(path)
    .sort()
    .filter((name) => !name.endsWith('.test.ts'))
    .flatMap((name) => files(join(path, name)))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await buildWhenStale(fileURLToPath(new URL('..', import.meta.url)))
}
