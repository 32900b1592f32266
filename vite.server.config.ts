import { builtinModules } from 'node:module'
import { defineConfig } from 'vite'

/** The command line and the server, for Node: dependencies stay in `node_modules`. */
export default defineConfig({
  build: {
    ssr: true,
    target: 'node20',
    minify: false,
    sourcemap: true,
    rollupOptions: {
      input: {
        cli: 'src/cli/main.ts',
        'evidence-worker': 'src/domains/evidence/worker/main.ts',
        'policy-thread': 'src/kernel/policy/engine/thread.ts',
      },
      external: [/^node:/, ...builtinModules],
      // what a command does not use, it does not load
      treeshake: { moduleSideEffects: false },
      output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
    },
  },
})
