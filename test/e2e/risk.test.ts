import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeFolder } from '../folders.ts'
import { countersign, passableFolder } from './command-line.ts'

let folder: string
beforeAll(async () => {
  folder = await passableFolder()
  await mkdir(join(folder, 'right'))
  await mkdir(join(folder, 'wrong'))
  const rule = "{ match: ['src/pay/**'], category: payment, dataSensitivity: critical, reason: card data }"
  await writeFile(join(folder, 'right', '.countersign.yaml'), `version: 1\nrisk:\n  paths:\n    - ${rule}\n`)
  await writeFile(join(folder, 'wrong', '.countersign.yaml'), 'version: 1\nrisk:\n  path: []\n')
  await writeFile(join(folder, 'paths.txt'), 'src/pay/a.ts\r\nREADME.md\nsrc/\u001b[2Jx.ts\n')
})
afterAll(() => removeFolder(folder))

const rules = (...args: readonly string[]) => countersign(['risk', 'rules', ...args], { cwd: folder })

test('the rules of a work tree are listed before the built-in ones', async () => {
  const { code, out, err } = await rules('--repo', 'right')
  expect([code, err]).toEqual([0, ''])
  expect(out.split('\n')[0]).toMatch(/^paths\[0\] +set +critical +- +- +\.countersign\.yaml +card data$/)
  expect(out).toMatch(/^authentication +raise +high +high +low +built-in/m)
})

test('paths are judged, and nothing in them reaches the terminal', async () => {
  const { code, out } = await rules('--repo', 'right', '--paths', 'paths.txt')
  expect(code).toBe(0)
  expect(
    out
      .split('\n')
      .slice(0, 3)
      .map((line) => line.split(/\s+/)),
  ).toEqual([
    ['critical', 'medium', 'none', 'src/pay/a.ts', 'paths[0]'],
    ['low', 'low', 'none', 'README.md', 'documentation'],
    ['medium', 'medium', 'none', 'src/\ufffd[2Jx.ts', 'no', 'rule'],
  ])
})

test('a file with mistakes ends with 1 and says where they are', async () => {
  const { code, err } = await rules('--repo', 'wrong')
  expect([code, err]).toEqual([
    1,
    expect.stringMatching(/^\.countersign\.yaml:3:3: `risk` has no member `path` \(.+\)\n$/),
  ])
  const json = await rules('--repo', 'wrong', '--json')
  expect(json.code).toBe(1)
  expect(JSON.parse(json.out)).toMatchObject({ state: 'wrong', problems: [{ line: 3, column: 3 }] })
})

test('what cannot be read ends with 2', async () => {
  for (const args of [['--repo', 'no-such'], ['--paths', 'no-such'], ['something']]) {
    const { code, err } = await rules(...args)
    expect(code).toBe(2)
    expect(err).toContain('countersign risk rules')
  }
})
