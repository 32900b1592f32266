import { readFile } from 'node:fs/promises'

/**
 * The text of a file, or undefined when there is none. Whatever else keeps it from being read is thrown: a file that cannot
 * be read must never pass for one that is not there.
 */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
