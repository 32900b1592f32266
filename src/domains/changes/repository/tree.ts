import { type GitPlace, startGit } from './git.ts'

export interface TreeEntry {
  readonly path: string
  readonly oid: string
  readonly bytes: number
}

/** Every file below `treeish` in order; entries longer than any path can be end the reading with an error of ours. */
export async function* readTree(place: GitPlace, treeish: string, signal?: AbortSignal): AsyncGenerator<TreeEntry> {
  for await (const text of readEntries(place, ['-l', '--full-tree', treeish], signal)) {
    const entry = readEntry(text)
    if (entry !== undefined) yield entry
  }
}

/** The paths of a commit alone, in the order of its tree; git looks at no file for them. */
export async function* readPaths(place: GitPlace, commit: string, signal?: AbortSignal): AsyncGenerator<string> {
  for await (const text of readEntries(place, ['--full-tree', commit], signal)) {
    const tab = text.indexOf('\t')
    // what is no file is a submodule
    if (text.startsWith('blob ', text.indexOf(' ') + 1)) yield text.slice(tab + 1)
  }
}

async function* readEntries(place: GitPlace, args: readonly string[], signal?: AbortSignal): AsyncGenerator<string> {
  const process = startGit(place, ['ls-tree', '-r', '-z', ...args], signal)
  process.child.stdin.end()
  let rest: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of process.chunks) {
      const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      let at = 0
      for (let end = bytes.indexOf(0, at); end >= 0; end = bytes.indexOf(0, at)) {
        yield bytes.toString('utf8', at, end)
        at = end + 1
      }
      rest = bytes.subarray(at)
    }
    await process.finish()
  } finally {
    process.stop()
  }
}

// "100644 blob <oid>    1234\tpath"
function readEntry(text: string): TreeEntry | undefined {
  const tab = text.indexOf('\t')
  const [, type, oid = '', bytes = ''] = text.slice(0, tab).split(/ +/)
  return type === 'blob' ? { path: text.slice(tab + 1), oid, bytes: Number(bytes) } : undefined
}
