import { defineConfig } from 'vitest/config'
import { mutations } from './test/mutants/plugin.ts'

/** One worker pool without isolation: no module state and no module mocks are allowed, so files may share a worker. */
export default defineConfig({
  plugins: [mutations(process.env['MUTANT'])],
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['test/faults/**', 'test/conformance/**', 'node_modules/**'],
    isolate: false,
    pool: 'threads',
    maxWorkers: 2,
    // far beyond what any test needs: a busy machine is no failure
    testTimeout: 120_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 20_000 } },
    globalSetup: ['test/global-setup.ts'],
  },
})
