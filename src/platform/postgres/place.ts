import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DataFolder, DataFolderUnusable } from '../data-folder.ts'
import { readIfThere } from '../read-if-there.ts'
import { type Account, canEnter } from './account.ts'
import { PostgresUnreachable } from './errors.ts'

export interface Placing {
  readonly folder: DataFolder
  readonly account: Account | undefined
  /**
   * What to do as root when the database's account cannot reach the data folder (a clone in a 0700 home):
   * `elsewhere` keeps the database below `shared` and notes where in `postgres/location`; `refuse` is for a folder
   * that the operator named, where a silent other place would surprise.
   */
  readonly whenUnreachable: 'refuse' | 'elsewhere'
  readonly shared: string
}

/**
 * The folder that holds `cluster/` and copies of programs: only we may write there, only the account may enter.
 *
 * @throws postgres_unreachable, data_folder_unusable when the place that it noted is gone or is another data folder's
 */
export async function placePostgres({ folder, account, whenUnreachable, shared }: Placing): Promise<string> {
  if (account === undefined) return folder.postgres
  const noted = (await readIfThere(join(folder.postgres, 'location'))) ?? ''
  if (noted !== '') return assertOurs(noted.trim(), folder)
  await letThrough(folder.path, account)
  await letThrough(folder.postgres, account)
  if (await canEnter(account, folder.postgres)) return folder.postgres
  if (whenUnreachable === 'refuse') throw PostgresUnreachable({ path: folder.path, account: account.name })
  return placeElsewhere(folder, account, shared)
}

/** A copy of a data folder notes the place of the original: two servers must never share one database. */
async function assertOurs(home: string, folder: DataFolder): Promise<string> {
  const owner = (await readIfThere(join(home, 'belongs-to'))) ?? ''
  if (owner === '') throw DataFolderUnusable({ path: folder.path, reason: `its database is gone from \`${home}\`` })
  if (owner.trim() === folder.path) return home
  const noted = await readFile(join(owner.trim(), 'postgres', 'location'), 'utf8').catch(() => '')
  if (noted.trim() === home)
    throw DataFolderUnusable({
      path: folder.path,
      reason: `it is a copy of \`${owner.trim()}\`, which owns the database`,
    })
  await noteOwner(home, folder)
  return home
}

/** Opens a folder of ours to the account's group, to pass through and not to list. */
async function letThrough(path: string, account: Account): Promise<void> {
  await chown(path, 0, account.gid)
  await chmod(path, 0o710)
}

/** The name is random, not made from the path: another clone at the same path must never get this one's database. */
async function placeElsewhere(folder: DataFolder, account: Account, shared: string): Promise<string> {
  await mkdir(shared, { recursive: true, mode: 0o755 })
  const { uid, mode } = await stat(shared)
  if (uid !== 0 || (mode & 0o022) !== 0) throw PostgresUnreachable({ path: folder.path, account: account.name })
  const home = join(shared, randomBytes(8).toString('hex'))
  await mkdir(home)
  await letThrough(home, account)
  if (!(await canEnter(account, home))) throw PostgresUnreachable({ path: home, account: account.name })
  await noteOwner(home, folder)
  await writeFile(join(folder.postgres, 'location'), `${home}\n`, { mode: 0o600, flush: true })
  return home
}

async function noteOwner(home: string, folder: DataFolder): Promise<void> {
  await writeFile(join(home, 'belongs-to'), `${folder.path}\n`, { mode: 0o600, flush: true })
}
