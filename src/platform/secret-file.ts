import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { defineError } from './errors.ts'
import { readIfThere } from './read-if-there.ts'

export const SecretMissing = defineError<{ path: string }>(
  'secret_missing',
  500,
  ({ path }) => `the file \`${path}\` of this installation is missing`,
  'restore it from where you keep the keys; a new one could not read or continue what is there',
)

/** The content of a 0600 file; made whole and durable, by one of however many processes try, when it is not there. */
export async function secretFile(folder: string, name: string, make: () => string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, name)
  const present = await readIfThere(path)
  if (present !== undefined) return present
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  await write(draft, make())
  await link(draft, path).catch((error) => {
    if (codeOf(error) !== 'EEXIST') throw error
  })
  await rm(draft)
  await syncFolder(folder)
  await chmod(path, 0o600)
  return readFile(path, 'utf8')
}

/** @throws secret_missing when there is none */
export async function existingSecret(folder: string, name: string): Promise<string> {
  const path = join(folder, name)
  const present = await readIfThere(path)
  if (present === undefined) throw SecretMissing({ path })
  return present
}

async function write(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
