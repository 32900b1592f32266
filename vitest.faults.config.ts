import { defineConfig } from 'vitest/config'
import { mutations } from './test/mutants/plugin.ts'

/** What takes long or needs real components: faults, mutants, independent verifiers, public vectors. */
export default defineConfig({
  plugins: [mutations(process.env['MUTANT'])],
  test: {
    include: ['test/faults/**/*.test.ts', 'test/conformance/**/*.test.ts'],
    isolate: false,
    pool: 'threads',
    maxWorkers: 1,
    testTimeout: 600_000,
    hookTimeout: 120_000,
    globalSetup: ['test/global-setup.ts'],
  },
})
