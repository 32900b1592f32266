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
    testTimeout: 30_000,
    hookTimeout: 60_000,
    globalSetup: ['test/global-setup.ts'],
  },
})
