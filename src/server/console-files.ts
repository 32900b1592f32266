import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { packageRoot } from '#platform/package-root.ts'

/** A file of the built console in the form that the browser takes. */
export interface ConsoleFile {
  readonly content: Uint8Array
  readonly contentType: string
  /** `br`, `gzip`, or undefined for the bytes as they are. */
  readonly encoding: string | undefined
}

export interface ConsoleFiles {
  /** The page that every address of the console answers with. */
  shell(acceptEncoding: string | undefined): Promise<ConsoleFile>
  /** A file by its hashed name; undefined when the build has none of that name. */
  asset(name: string, acceptEncoding: string | undefined): Promise<ConsoleFile | undefined>
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}

const encodings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const

/** The console as `npm run build` left it in `dist/console`: what is not listed there when first asked is never opened. */
export function openConsoleFiles(): ConsoleFiles {
  const folder = join(packageRoot(), 'dist', 'console')
  const kept = new Map<string, Promise<Uint8Array>>()
  let names: Promise<ReadonlySet<string>> | undefined
  const read = (path: string) => {
    const bytes = kept.get(path) ?? readFile(join(folder, path))
    kept.set(path, bytes)
    bytes.catch(() => kept.delete(path))
    return bytes
  }
  const pick = async (path: string, known: (path: string) => boolean, accept: string | undefined) => {
    const contentType = types[extname(path)] ?? 'application/octet-stream'
    const [encoding, suffix = ''] = encodings.find(([name, end]) => accepts(accept, name) && known(path + end)) ?? []
    return { content: await read(path + suffix), contentType, encoding }
  }
  return {
    shell: (accept) => pick('index.html', () => true, accept),
    asset: async (name, accept) => {
      names ??= readdir(join(folder, 'assets')).then((list) => new Set(list))
      const known = await names
      const isOffered = known.has(name) && types[extname(name)] !== undefined
      if (!isOffered) return undefined
      // a build that took the place of this one has other names: the page has to be loaded again
      return pick(`assets/${name}`, (path) => known.has(path.slice('assets/'.length)), accept).catch(whenGone)
    },
  }
}

function whenGone(error: unknown): undefined {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
}

/** `;q=0` refuses; other weights make no difference between two that are taken. */
function accepts(header: string | undefined, encoding: string): boolean {
  const offers = (header ?? '').split(',').map((one) => one.trim().toLowerCase())
  return offers.some((one) => one.split(';')[0]?.trim() === encoding && !/;\s*q=0(\.0*)?$/.test(one))
}
