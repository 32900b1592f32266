// biome-ignore-all lint/style/noDefaultExport: Vitest reads its configuration from the default export
import { defineConfig } from 'vitest/config'

/** Suites over other projects' data: `npx vitest run --config test/conformance/vitest.config.ts`. */
export default defineConfig({
  test: {
    include: ['test/conformance/**/*.test.ts'],
    isolate: false,
    pool: 'threads',
    maxWorkers: 1,
    testTimeout: 600_000,
    globalSetup: ['test/global-setup.ts'],
  },
})
