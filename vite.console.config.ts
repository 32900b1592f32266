import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

/** The web console: hashed files, one script for the shell and one for each page, each of them compressed here once. */
export default defineConfig({
  root: `${import.meta.dirname}/console`,
  base: '/',
  oxc: { jsx: { runtime: 'automatic' } },
  resolve: { alias: [{ find: /^\.\/(hash|ed25519)\.ts$/, replacement: './$1.browser.ts' }] },
  plugins: [compressed()],
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rollupOptions: { input: `${import.meta.dirname}/console/index.html` },
  },
})

/** A server only has to choose: `name.br`, `name.gz` or the file itself. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        for (const file of Object.values(bundle)) {
          const source = Buffer.from(file.type === 'chunk' ? file.code : file.source)
          const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }
          this.emitFile({ type: 'asset', fileName: `${file.fileName}.br`, source: brotliCompressSync(source, quality) })
          this.emitFile({ type: 'asset', fileName: `${file.fileName}.gz`, source: gzipSync(source, { level: 9 }) })
        }
      },
    },
  }
}
