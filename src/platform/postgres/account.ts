import { spawn } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'

/** The account that PostgreSQL runs as when this process is root, which PostgreSQL refuses to be. */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/**
 * The account for a new database: a user `countersign` or `postgres` where there is one, else `nobody`.
 *
 * @returns undefined when this process is no root, and PostgreSQL runs as the same user
 */
export async function databaseAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const users = await listUsers()
  for (const name of ['countersign', 'postgres', 'nobody']) {
    const found = users.find((user) => user.name === name && user.uid > 0)
    if (found !== undefined) return found
  }
  return { name: 'nobody', uid: 65_534, gid: 65_534 }
}

/** The account for a database that is there: its owner. */
export async function ownerAccount(cluster: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const { uid, gid } = await stat(cluster)
  const name = (await listUsers()).find((user) => user.uid === uid)?.name
  return uid === 0 ? undefined : { name: name ?? String(uid), uid, gid }
}

/** Whether the account may enter `folder`, as the system itself judges it (modes, ACLs, mounts). */
export async function canEnter(account: Account | undefined, folder: string): Promise<boolean> {
  const { code } = await runAs(account, '/bin/sh', ['-c', 'cd "$0"', folder])
  return code === 0
}

export interface Ran {
  /** undefined when the program could not be started at all, or was ended by a signal. */
  readonly code: number | undefined
  readonly output: string
}

/** Runs a program to its end, in an environment of its own; answers at most 64 KiB of what it wrote. */
export async function runAs(account: Account | undefined, program: string, args: readonly string[]): Promise<Ran> {
  return new Promise((answer) => {
    let output = ''
    // not `spawn`'s own timeout: where the program cannot be started, that keeps the process alive until it is over
    const done = (ran: Ran) => {
      clearTimeout(limit)
      answer(ran)
    }
    const keep = (text: string) => {
      output = (output + text).slice(-65_536)
    }
    const child = spawn(program, args, { ...identityOf(account), cwd: '/', env: plainEnvironment })
    const limit = setTimeout(() => child.kill(), 300_000)
    child.stdin.end()
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    child.on('error', (error) => done({ code: undefined, output: error.message }))
    child.on('close', (code) => done({ code: code ?? undefined, output }))
  })
}

/** What `spawn` needs to become the account. Node drops the supplementary groups of root as it does. */
export function identityOf(account: Account | undefined): { uid?: number; gid?: number } {
  return account === undefined ? {} : { uid: account.uid, gid: account.gid }
}

/** Nothing of ours leaks into the database's processes, and messages are in the one language that we read. */
export const plainEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

async function listUsers(): Promise<Account[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':')
    return name === undefined || uid === undefined || gid === undefined
      ? []
      : [{ name, uid: Number(uid), gid: Number(gid) }]
  })
}
