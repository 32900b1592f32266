import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeFolder } from '../folders.ts'
import { type TestRepository, testRepository } from '../harness.ts'
import { passableFolder, program } from './command-line.ts'

let folder: string
let repository: TestRepository
beforeAll(async () => {
  folder = await passableFolder()
  repository = await testRepository(['Begin', 'Go on'])
})
afterAll(async () => {
  await repository.remove()
  await removeFolder(folder)
})

/** An audit whose throw-away folder is there, and which has thus begun. */
async function begunAudit(name: string) {
  const temporary = join(folder, name)
  await mkdir(temporary, { mode: 0o711 })
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, [program, 'audit', repository.path, '--out', join(folder, `${name}-out`)], {
    cwd: folder,
    env: { PATH, HOME, TMPDIR: temporary },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let told = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text
  })
  const ended = once(child, 'close').then(([code]) => ({ code, told: told.replace('building countersign…\n', '') }))
  const left = async () => (await readdir(temporary)).filter((one) => one.startsWith('countersign-audit-'))
  await expect.poll(left, { timeout: 60_000, interval: 20 }).toHaveLength(1)
  return { child, ended, left }
}

test.for([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('an audit that is stopped by %s says so and leaves nothing behind', async ([signal, code]) => {
  const { child, ended, left } = await begunAudit(signal)
  child.kill(signal)
  expect(await ended).toEqual({ code, told: `stopped by ${signal}\n` })
  expect(await left()).toEqual([])
})

test('an audit that is killed ends all of it, and leaves nothing behind', async () => {
  const { child, left } = await begunAudit('killed')
  child.kill('SIGKILL')
  await expect.poll(left, { timeout: 60_000 }).toEqual([])
})
