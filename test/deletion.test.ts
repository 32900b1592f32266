import { execFile } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeFolder } from './folders.ts'

/**
 * Removing a capability is removing its folder, its commands and these mentions of it. What is left must type-check and
 * build: then nothing else leans on it. A longer table here is a capability that has grown into the house.
 */
const folders = [
  'src/domains/packs',
  'src/domains/reports',
  'src/domains/views',
  'src/server/governance.ts',
  'src/cli/audit.ts',
  'src/cli/pack-replay.ts',
  'src/cli/verify.ts',
]
const mentions: readonly (readonly [file: string, text: string, instead: string])[] = [
  [
    'src/server/modules.ts',
    "import { listGoverned, type PacksTables, packsModule, requestPack } from '#domains/packs'\n",
    '',
  ],
  ['src/server/modules.ts', ' &\n  PacksTables', ''],
  ['src/server/modules.ts', "import { type ViewsTables, viewsModule } from '#domains/views'\n", ''],
  ['src/server/modules.ts', ' &\n  ViewsTables', ''],
  ['src/server/modules.ts', '    viewsModule(services),\n', ''],
  ['src/server/modules.ts', '    packsModule({ ...services, governance: createGovernance(services) }),\n', ''],
  ['src/server/modules.ts', "import { createGovernance } from './governance.ts'\n", ''],
  ['src/server/index.ts', "export { createGovernance } from './governance.ts'\n", ''],
  [
    'src/server/modules.ts',
    'afterJudging: (ctx, id) => requestPack(services, ctx, id)',
    'afterJudging: async () => undefined',
  ],
  ['src/server/modules.ts', 'return listGoverned(services, which)', 'return []'],
  [
    'src/server/modules.ts',
    'governed(services: Services, which: Which)',
    'governed(_services: Services, _which: Which)',
  ],
  ['src/cli/commands.ts', "import { audit } from './audit.ts'\n", ''],
  ['src/cli/commands.ts', "import { verifyCommand } from './verify.ts'\n", ''],
  ['src/cli/commands.ts', "import { packReplay } from './pack-replay.ts'\n", ''],
  ['src/cli/commands.ts', '  packReplay,\n', ''],
  ['src/cli/commands.ts', '  audit,\n', ''],
  ['src/cli/commands.ts', '  verifyCommand,\n', ''],
]

const root = join(import.meta.dirname, '..')
const run = promisify(execFile)
let house: string

beforeAll(async () => {
  house = await mkdtemp(join(tmpdir(), 'countersign-deletion-'))
  cpSync(join(root, 'src'), join(house, 'src'), {
    recursive: true,
    filter: (path) => !path.endsWith('.test.ts') && !/\/zz-[^/]*$/.test(path),
  })
  for (const name of ['package.json', 'tsconfig.json', 'vite.server.config.ts'])
    cpSync(join(root, name), join(house, name))
  symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'))
  for (const folder of folders) rmSync(join(house, folder), { recursive: true })
  for (const [file, text, instead] of mentions) {
    const before = readFileSync(join(house, file), 'utf8')
    expect(before.split(text), `${file} mentions ${text} once`).toHaveLength(2)
    writeFileSync(join(house, file), before.replace(text, instead))
  }
})
afterAll(() => removeFolder(house))

test('no import of the removed capabilities is left', () => {
  const files = readdirSync(join(house, 'src'), { recursive: true })
    .map(String)
    .filter((path) => path.endsWith('.ts'))
  expect(files.length).toBeGreaterThan(100)
  const leaning = files.filter((path) =>
    /#domains\/(packs|reports|views)/.test(readFileSync(join(house, 'src', path), 'utf8')),
  )
  expect(leaning).toEqual([])
})

test('what is left type-checks', async () => {
  const config = { extends: './tsconfig.json', include: ['src'] }
  writeFileSync(join(house, 'tsconfig.house.json'), JSON.stringify(config))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { stdout } = await run(process.execPath, [tsc, '--noEmit', '-p', 'tsconfig.house.json'], { cwd: house }).catch(
    (error: { stdout: string }) => error,
  )
  expect(stdout).toBe('')
})

test('what is left builds, and its commands run', async () => {
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  await run(process.execPath, [vite, 'build', '--config', 'vite.server.config.ts', '--logLevel', 'error'], {
    cwd: house,
  })
  expect(existsSync(join(house, 'dist/cli.js'))).toBe(true)
  const call = "import { main } from './dist/cli.js'; process.exitCode = await main(['--help'])"
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', call], { cwd: house })
  expect(stdout).toContain('countersign start')
  expect(stdout).not.toContain('countersign audit')
})
