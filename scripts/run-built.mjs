import { spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/**
 * `node scripts/run-built.mjs FILE.ts [ARGUMENTS]`: builds a program as the product is built, so that what runs is what is
 * shipped, and runs it in a process of its own (running TypeScript directly would add calls to every function that code makes).
 */
const [file = '', ...args] = process.argv.slice(2)
const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, `dist.${basename(join(root, file, '..'))}-${process.pid}`)
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
        input: {
          main: file,
          // threads are files of their own, beside whoever starts them
          'policy-thread': 'src/kernel/policy/engine/thread.ts',
          'evidence-worker': 'src/domains/evidence/worker/main.ts',
        },
        output: { entryFileNames: '[name].js' },
      },
    },
  })
  process.exitCode = await run([
    ...process.execArgv.filter((one) => /^--(cpu-prof|trace-gc|max-semi)/.test(one)),
    join(folder, 'main.js'),
    ...args,
  ])
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function run(command) {
  const child = spawn(process.execPath, command, { cwd: root, stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  return new Promise((done) => child.on('exit', (code) => done(code ?? 1)))
}
