import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { openDataFolder } from './data-folder.ts'
import { identify } from './processes.ts'

const folders: string[] = []

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-folder-'))
  folders.push(folder)
  return folder
}

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

test('a folder that is absent is made with its parts, for its owner alone', async () => {
  const path = join(await temporary(), 'deep', 'data')
  const folder = await openDataFolder(path)
  expect(folder).toMatchObject({ path, postgres: `${path}/postgres`, keys: `${path}/keys`, run: `${path}/run` })
  for (const one of [folder.path, folder.postgres, folder.keys, folder.log, folder.run, folder.reports])
    expect((await stat(one)).mode & 0o777).toBe(0o700)
  await folder.release()
})

test('a second one is refused with one sentence that names the process, until the first lets go', async () => {
  const path = join(await temporary(), 'data')
  const link = join(await temporary(), 'link')
  const first = await openDataFolder(path)
  await symlink(path, link)
  for (const way of [path, link])
    await expect(openDataFolder(way)).rejects.toMatchObject({
      code: 'data_folder_in_use',
      message: `the data folder \`${path}\` is in use by process ${process.pid}`,
    })
  await first.release()
  await first.release()
  const second = await openDataFolder(path)
  await expect(openDataFolder(path)).rejects.toMatchObject({ code: 'data_folder_in_use' })
  await second.release()
})

test('the lock of a process that was killed is taken over, one that lives is not', async () => {
  const path = join(await temporary(), 'data')
  await (await openDataFolder(path)).release()
  const other = spawn('sleep', ['60'])
  await once(other, 'spawn')
  const identity = await identify(other.pid ?? 0)
  expect(identity?.startedAt).toMatch(/\d/)
  await writeFile(join(path, 'lock.7'), JSON.stringify(identity))
  await expect(openDataFolder(path)).rejects.toMatchObject({ facts: { pid: other.pid } })
  other.kill('SIGKILL')
  await once(other, 'exit')
  await (await openDataFolder(path)).release()
})

test('the process id of a dead holder that another process has got since locks nothing', async () => {
  const path = join(await temporary(), 'data')
  await (await openDataFolder(path)).release()
  const self = await identify(process.pid)
  await writeFile(join(path, 'lock.7'), JSON.stringify({ ...self, startedAt: '1' }))
  await (await openDataFolder(path)).release()
  await writeFile(join(path, 'lock.9'), JSON.stringify({ ...self, bootId: 'the boot before' }))
  await (await openDataFolder(path)).release()
})

test('of many that find a dead holder at once, one wins', async () => {
  const path = join(await temporary(), 'data')
  await (await openDataFolder(path)).release()
  for (let round = 1; round <= 20; round++) {
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => openDataFolder(path)))
    const won = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    expect(won).toHaveLength(1)
    for (const one of tries) if (one.status === 'rejected') expect(one.reason.code).toBe('data_folder_in_use')
    expect((await readdir(path)).filter((name) => name.startsWith('lock.'))).toHaveLength(1)
    // as a kill leaves it: a lock that names nobody alive
    await writeFile(
      join(path, `lock.${1000 + round}`),
      JSON.stringify({ pid: 2_000_000_000, startedAt: '', bootId: '' }),
    )
  }
})

test('a folder that is not ours, or that others may write to, is refused and left as it was', async () => {
  const parent = await temporary()
  await writeFile(join(parent, 'letter.txt'), 'dear')
  await expect(openDataFolder(parent)).rejects.toMatchObject({ code: 'data_folder_unusable' })
  expect(await readdir(parent)).toEqual(['letter.txt'])
  await expect(openDataFolder(join(parent, 'letter.txt'))).rejects.toMatchObject({
    message: `the data folder \`${join(parent, 'letter.txt')}\` cannot be used: it is not a folder`,
  })
  const open = join(parent, 'open')
  await mkdir(open)
  await chmod(open, 0o777)
  await expect(openDataFolder(open)).rejects.toMatchObject({ code: 'data_folder_unusable' })
  expect((await stat(open)).mode & 0o777).toBe(0o777)
})

test.each(['{', 'null', '{"pid":-1,"startedAt":"1","bootId":""}', '[]'])(
  'a damaged lock (%s) is not taken for free',
  async (text) => {
    const path = join(await temporary(), 'data')
    await (await openDataFolder(path)).release()
    await writeFile(join(path, 'lock.7'), text)
    await expect(openDataFolder(path)).rejects.toMatchObject({
      code: 'data_folder_unusable',
      facts: { path: `${path}/lock.7` },
    })
  },
)

test('a server killed while it takes its first lock leaves a folder that the next one takes and tidies', async () => {
  const path = join(await temporary(), 'data')
  await mkdir(path, { mode: 0o700 })
  await writeFile(join(path, 'lock.1.0123456789ab'), '{"pi')
  await (await openDataFolder(path)).release()
  await (await openDataFolder(path)).release()
  expect((await readdir(path)).filter((name) => name.startsWith('lock'))).toEqual(['lock.2'])
})

test('a folder that holds a configuration only may be used', async () => {
  const path = join(await temporary(), 'data')
  await mkdir(path, { mode: 0o700 })
  await writeFile(join(path, 'config.yaml'), 'port: 1')
  await (await openDataFolder(path)).release()
})

test('a process that has ended but was not waited for does not live', async () => {
  // the shell starts a child that ends at once, and becomes a program that never waits for it
  const parent = spawn('/bin/sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'])
  const [said] = await once(parent.stdout, 'data')
  const pid = Number(String(said))
  expect(pid).toBeGreaterThan(1)
  const deadline = Date.now() + 10_000
  while ((await identify(pid)) !== undefined && Date.now() < deadline) spawnSync('sleep', ['0.02'])
  expect(await identify(pid)).toBeUndefined()
  parent.kill('SIGKILL')
})

test('a lock that cannot be read is not taken for free', async () => {
  const path = join(await temporary(), 'data')
  await (await openDataFolder(path)).release()
  // a folder where the lock should be: reading it fails, for root too
  await mkdir(join(path, 'lock.2'))
  await expect(openDataFolder(path)).rejects.toMatchObject({ code: 'data_folder_unusable' })
})
