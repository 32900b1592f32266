import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mutants } from '../mutants/mutants.ts'

const root = join(import.meta.dirname, '..', '..')

/** Runs the test that must notice, on a build with one fault. */
function run(mutant: (typeof mutants)[number]): Promise<number> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const child = spawn(process.execPath, [vitest, 'run', mutant.killedBy, '--bail', '1'], {
    cwd: root,
    env: { ...process.env, MUTANT: mutant.name, SEEDS: '6' },
    stdio: 'ignore',
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

test.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
  '%s is noticed',
  async (name, mutant) => {
    const code = await run(mutant)
    console.log(`${code === 0 ? 'SURVIVED' : 'killed  '} ${name}: ${mutant.breaks} (${mutant.killedBy})`)
    expect(code).not.toBe(0)
  },
  300_000,
)

test('there are mutants', () => {
  expect(mutants.length).toBeGreaterThanOrEqual(5)
})
