import { randomBytes } from 'node:crypto'
import { chown, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { readIfThere } from '../read-if-there.ts'
import { type Account, runAs } from './account.ts'
import type { Binaries } from './binaries.ts'
import { PostgresInitFailed } from './errors.ts'

/** Name of the one database user and, by default, of the database. */
export const databaseName = 'countersign'

/** `this-run`: nobody will read the database again when this process has ended, so nothing in it waits for the disk. */
export type Lifetime = 'kept' | 'this-run'

/** @returns the major version that made the database in `cluster`, undefined when there is none */
export async function clusterMajor(cluster: string): Promise<number | undefined> {
  const text = await readIfThere(join(cluster, 'PG_VERSION'))
  return text === undefined ? undefined : Number.parseInt(text, 10)
}

/**
 * Makes an empty database with data checksums and UTF-8, sorted by code point. It comes into being whole: `initdb` works in
 * a folder beside it that is renamed at the end, and what an earlier try left behind is removed.
 *
 * @throws postgres_init_failed
 */
export async function initialise(
  cluster: string,
  binaries: Binaries,
  account: Account | undefined,
  lifetime: Lifetime = 'kept',
): Promise<void> {
  await removeDrafts(cluster)
  const draft = `${cluster}.init-${randomBytes(6).toString('hex')}`
  let reason = ''
  for (const locale of locales(binaries.major)) {
    await mkdir(draft, { mode: 0o700 })
    if (account !== undefined) await chown(draft, account.uid, account.gid)
    const sync = lifetime === 'kept' ? [] : ['--no-sync']
    const ran = await runAs(account, binaries.initdb, [...initArguments, ...sync, ...locale, '-D', draft])
    if (ran.code === 0) {
      await rename(draft, cluster)
      return syncFolder(dirname(cluster))
    }
    reason = explain(ran.output)
    await rm(draft, { recursive: true, force: true })
  }
  throw PostgresInitFailed({ path: cluster, reason })
}

/** Only the owner of the socket's folder can connect, so the database asks for no password. */
const initArguments = [
  `--username=${databaseName}`,
  '--auth=trust',
  '--encoding=UTF8',
  '--data-checksums',
  '--no-instructions',
]

/** Not every system has C.UTF-8; PostgreSQL 17 and newer carry their own. */
function locales(major: number): string[][] {
  if (major >= 17) return [['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']]
  return [['--locale=C.UTF-8'], ['--locale=C']]
}

async function removeDrafts(cluster: string): Promise<void> {
  const parent = dirname(cluster)
  const drafts = (await readdir(parent)).filter((name) => name.startsWith(`${basename(cluster)}.init-`))
  // an initdb that outlived its server may still write here: what it leaves goes at the next start that needs one
  for (const name of drafts) await rm(join(parent, name), { recursive: true, force: true }).catch(() => undefined)
}

function explain(output: string): string {
  const line = output.split('\n').find((one) => /error|fatal|could not/i.test(one)) ?? output.trim()
  return line.trim().slice(0, 500)
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
