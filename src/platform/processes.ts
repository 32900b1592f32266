import { execFile } from 'node:child_process'
import { readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'

/**
 * One process for good: a process id alone is given to another process sooner or later.
 * `startedAt` and `bootId` are opaque and empty where the system does not tell them.
 */
export interface ProcessIdentity {
  readonly pid: number
  /** When it started, in the system's own words (Linux: clock ticks since boot, proc(5) `stat` field 22). */
  readonly startedAt: string
  /** Changes with each boot of the machine. */
  readonly bootId: string
}

/** @returns undefined when no such process lives; one that has ended and waits for its parent does not live */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  if (!exists(pid)) return undefined
  if (process.platform !== 'linux') return { pid, startedAt: await ask(pid, 'lstart='), bootId: '' }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // the second field is the command in parentheses, and may hold spaces and parentheses itself
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  const startedAt = fields?.[19]
  if (fields?.[0] === 'Z' || fields?.[0] === 'X' || startedAt === undefined) return undefined
  return { pid, startedAt, bootId: await bootId() }
}

/** Whether the very process that `identity` names still lives. */
export async function lives(identity: ProcessIdentity): Promise<boolean> {
  const found = await identify(identity.pid)
  return found?.startedAt === identity.startedAt && found.bootId === identity.bootId
}

/** Whether the system knows the process id, be it of a process that has ended and was not yet waited for. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // only "no such process" proves that it is gone: "not permitted" means that somebody else's has the id
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

/** @returns undefined where the system does not tell: another user's process, or not Linux */
export async function workingFolder(pid: number): Promise<string | undefined> {
  return readlink(`/proc/${pid}/cwd`).catch(() => undefined)
}

/** Name of the program that a process runs, empty when it is gone. */
export async function commandName(pid: number): Promise<string> {
  if (process.platform !== 'linux') return ask(pid, 'comm=')
  return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim()
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim()
}

async function ask(pid: number, column: string): Promise<string> {
  const answer = await promisify(execFile)('ps', ['-p', String(pid), '-o', column]).catch(() => ({ stdout: '' }))
  return answer.stdout.trim()
}
