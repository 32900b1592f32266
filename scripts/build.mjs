import { spawnSync } from 'node:child_process'
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
 * Builds `dist/` when the sources differ from what it was built from, in a process of its own: the memory that a build takes
 * (300 MB) is not that of the server that is started afterwards. Ends this process when it cannot be built.
 */
export function buildWhenStale(root) {
  if (isBuiltFrom(root, digestOfSources(root))) return
  const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) process.exit(status ?? 1)
}

function isBuiltFrom(root, digest) {
  const stamp = join(root, 'dist', 'built-from')
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === digest
}

/** Safe to run in two processes at once: each builds into a folder of its own and renames it into place. */
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
  try {
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
  // a build is for production, also one that a test of the command line sets off
  process.env.NODE_ENV = 'production'
  const root = fileURLToPath(new URL('..', import.meta.url))
  const digest = digestOfSources(root)
  if (!isBuiltFrom(root, digest)) await build(root, digest)
}
