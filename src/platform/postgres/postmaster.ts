import { randomBytes } from 'node:crypto'
import { open, readFile, realpath, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../log.ts'
import { commandName, exists, identify, workingFolder } from '../processes.ts'
import { PostgresInUse } from './errors.ts'

/** What `postmaster.pid` says (PostgreSQL, `miscadmin.h`, LOCK_FILE_LINE_*). */
export interface PidFile {
  readonly pid: number
  readonly socketDir: string
  /** `starting`, `stopping`, `ready`, `standby`; empty before the first of them. */
  readonly status: string
}

/** @returns undefined when there is none, or one that is not yet written */
export async function readPidFile(cluster: string): Promise<PidFile | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n')
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  return { pid, socketDir: lines[4] ?? '', status: (lines[7] ?? '').trim() }
}

/**
 * Clears the way for a start. The caller holds the data folder, so a postmaster that still lives here has lost its server:
 * it is asked to stop (fast shutdown; asking one that is stopping already changes nothing).
 *
 * @throws postgres_in_use when it does not
 */
export async function settleEarlier(cluster: string, log: Log): Promise<void> {
  const earlier = await readPidFile(cluster)
  if (earlier === undefined || !exists(earlier.pid)) return
  if (!(await isPostmaster(earlier.pid, cluster))) return disown(cluster, earlier.pid, log)
  log.warn({ event: 'database.orphan-found', pid: earlier.pid })
  signal(earlier.pid, 'SIGINT')
  if (await isGone(earlier.pid, 30_000)) return
  throw PostgresInUse({ path: cluster, pid: earlier.pid })
}

export async function isGone(pid: number, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs
  while ((await identify(pid)) !== undefined) {
    if (performance.now() > deadline) return false
    await sleep(20)
  }
  return true
}

/** Sends a signal; a process that has gone by now is no error. */
export function signal(pid: number, name: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

async function isPostmaster(pid: number, cluster: string): Promise<boolean> {
  if ((await identify(pid)) === undefined) return false
  const folder = await workingFolder(pid)
  if (folder !== undefined) return folder === (await realpath(cluster))
  return (await commandName(pid)).includes('postgres')
}

/**
 * Puts an id that no process can have in place of one that another process has got since, for which PostgreSQL would refuse
 * to start for good. The rest of the file stays: by the shared-memory key in it PostgreSQL still notices backends that
 * outlived their postmaster.
 */
async function disown(cluster: string, pid: number, log: Log): Promise<void> {
  const path = join(cluster, 'postmaster.pid')
  const [, ...rest] = (await readFile(path, 'utf8')).split('\n')
  const { uid, gid } = await stat(cluster)
  // a new name, never followed: as root we write here in a folder of another user
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile([impossiblePid, ...rest].join('\n'))
    await file.chown(uid, gid)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  log.warn({ event: 'database.pid-file-was-stale', pid })
}

const impossiblePid = 2_147_483_646
