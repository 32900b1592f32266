import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { loadConfig } from '#platform/config.ts'
import { openInstallationKeys } from './core.ts'

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-core-'))
  folders.push(folder)
  return folder
}

test('the name of the log is made once and stays', async () => {
  const data = await dataFolder()
  const first = await openInstallationKeys(data, loadConfig({ data }, {}), 'make')
  const second = await openInstallationKeys(data, loadConfig({ data }, {}), 'make')
  expect(first.vkey).toBe(second.vkey)
  expect((await readFile(join(data, 'keys', 'origin'), 'utf8')).trim()).toBe(first.log.name)
})

test('a name of the log that cannot be read is not replaced by a new one', async () => {
  const data = await dataFolder()
  // a folder where the file should be: reading it fails, for root too
  await mkdir(join(data, 'keys', 'origin'), { recursive: true })
  await expect(openInstallationKeys(data, loadConfig({ data }, {}), 'make')).rejects.toThrow()
  expect(await readdir(join(data, 'keys'))).toEqual(['origin'])
})

test('a key that is lost is named, and never made anew by a command that reads', async () => {
  const data = await dataFolder()
  await openInstallationKeys(data, loadConfig({ data }, {}), 'make')
  await rm(join(data, 'keys', 'log.pem'))
  await expect(openInstallationKeys(data, loadConfig({ data }, {}), 'refuse')).rejects.toMatchObject({
    code: 'secret_missing',
    message: expect.stringContaining('log.pem'),
  })
  expect(await readdir(join(data, 'keys'))).not.toContain('log.pem')
})
