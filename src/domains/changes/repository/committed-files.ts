import type { GitBinary } from './git.ts'
import { openObjects } from './objects.ts'
import { open } from './open.ts'

export interface CommittedFile {
  readonly content: Buffer
  /** Bytes of the whole file; more than `content.length` when it was cut. */
  readonly size: number
}

export interface FileQuestion {
  /** The id of a commit, whole. */
  readonly commit: string
  /** Path from the root of the repository. */
  readonly file: string
  readonly maxBytes: number
}

/** Files as commits have them, read by one long-lived git. Questions may overlap. */
export interface CommittedFiles {
  /** undefined when the commit or the file is not there, or the path names no file. */
  read(question: FileQuestion): Promise<CommittedFile | undefined>
  close(): Promise<void>
}

/**
 * For many questions about one repository; the caller closes it.
 *
 * @throws RepositoryUnreadable, GitMissing, GitTooOld
 */
export async function openFiles(options: {
  readonly path: string
  readonly git?: GitBinary | undefined
  readonly signal?: AbortSignal | undefined
}): Promise<CommittedFiles> {
  const { place } = await open(options)
  const objects = openObjects(place, options.signal)
  return {
    async read({ commit, file, maxBytes }) {
      // Only a whole id and a plain path are asked for: git would take more, such as `HEAD@{yesterday}` and `./..`.
      if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(commit) || !isPlain(file)) return undefined
      const found = await objects.read(`${commit}:${file}`, maxBytes)
      return found?.type === 'blob' ? { content: found.content, size: found.size } : undefined
    },
    async close() {
      objects.close()
      await place.close()
    },
  }
}

/** One file of one commit; see `openFiles` for many. */
export async function readFileAt(
  options: FileQuestion & {
    readonly path: string
    readonly git?: GitBinary | undefined
    readonly signal?: AbortSignal | undefined
  },
): Promise<CommittedFile | undefined> {
  const files = await openFiles(options)
  try {
    return await files.read(options)
  } finally {
    await files.close()
  }
}

function isPlain(file: string): boolean {
  return file.length <= 4096 && !/[\0\n]/.test(file) && file.split('/').every((part) => !['', '.', '..'].includes(part))
}
