import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker, type WorkerOptions } from 'node:worker_threads'

/**
 * Starts a thread on an entry of its own: the built file `<name>.js` beside our own built files, or, when we run from the
 * sources (tests, benchmarks), `source` itself.
 *
 * @param name as in the inputs of `vite.server.config.ts`
 * @param source the entry as a file of the sources, as a URL relative to the calling module
 */
export function startThread(name: string, source: URL, options: WorkerOptions): Worker {
  if (!source.pathname.endsWith('.ts') || !existsSync(source)) return new Worker(builtFile(name), options)
  // only a development dependency can run TypeScript on every Node that we support
  const load = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(source.href)}) })`
  return new Worker(load, { ...options, eval: true })
}

/** Our built code is in one file at the top of the folder, or in chunks below it. */
function builtFile(name: string): string {
  const candidates = [`./${name}.js`, `../${name}.js`].map((path) => fileURLToPath(new URL(path, import.meta.url)))
  const found = candidates.find((path) => existsSync(path))
  if (found === undefined) throw new Error(`the build has no ${name}.js`)
  return found
}
