import { spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/**
 * Builds the figures as the product is built, so that what is measured is what runs, and runs them in a process of their own
 * (tsx would add calls to every function that code makes).
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, `dist.bench-${process.pid}`)
mkdirSync(folder, { recursive: true })
try {
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: true,
      target: 'node20',
      minify: false,
      outDir: folder,
      rollupOptions: {
        input: { bench: 'bench/main.ts', 'policy-thread': 'src/kernel/policy/engine/thread.ts' },
        output: { entryFileNames: '[name].js' },
      },
    },
  })
  process.exitCode = await run([
    ...process.execArgv.filter((one) => one.startsWith('--cpu-prof')),
    join(folder, 'bench.js'),
  ])
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function run(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [...args, ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  return new Promise((done) => child.on('exit', (code) => done(code ?? 1)))
}
