import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { loadConfig } from '#platform/config.ts'
import { createLog } from '#platform/log.ts'
import { openCore, openInstallationKeys } from './core.ts'
import { describeModules } from './modules.ts'

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

test.for([
  ['kept', ['change_words', 'decision_answers_rules', 'decision_answers_words']],
  ['this-run', []],
] as const)('the indexes of searches are there where the data is kept: %s', async ([lifetime, expected]) => {
  const folder = await dataFolder()
  // as root, the database runs as another user, who must be able to pass
  await chmod(folder, 0o711)
  const data = join(folder, 'data')
  const core = await openCore({
    config: loadConfig({ data }, {}),
    log: createLog('error'),
    dataWasNamed: true,
    modules: describeModules(),
    searchIndex: 'leave',
    lifetime,
    publishing: 'later',
  })
  try {
    const { rows } = await core.pool.query(
      "select indexname as name from pg_indexes where indexname ~ '^(change|decision_answers)_(words|rules)$' order by 1",
    )
    expect(rows.map(({ name }) => name)).toEqual(expected)
  } finally {
    await core.stop()
  }
})
