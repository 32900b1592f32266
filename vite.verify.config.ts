import { builtinModules } from 'node:module'
import { defineConfig } from 'vite'

/**
 * `verify.mjs`: the verifier of evidence packs as one file that imports nothing but Node, not minified, to be read.
 * `moduleSideEffects: false` leaves out whole modules of which nothing is used, so no third-party code is in it.
 */
export default defineConfig({
  root: import.meta.dirname,
  ssr: { noExternal: true },
  build: {
    ssr: true,
    target: 'node20',
    minify: false,
    sourcemap: false,
    rollupOptions: {
      // the names of files in comments are relative to it: the same wherever the build is started
      cwd: import.meta.dirname,
      input: { verify: 'src/domains/packs/verify-main.ts' },
      external: [/^node:/, ...builtinModules],
      treeshake: { moduleSideEffects: false },
      output: { entryFileNames: '[name].mjs', codeSplitting: false },
    },
  },
})
