import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { defineConfig, type Plugin } from 'vite'
import { STYLE } from './src/domains/reports/style.ts'

const folder = `${import.meta.dirname}/src/domains/packs/web`

/**
 * `pack-page.html`: the report and verifier of a pack as one file, with a policy that lets a browser run this script and
 * apply this style and load nothing at all. Not minified, to be read.
 */
export default defineConfig({
  resolve: { alias: [{ find: /^\.\/(hash|ed25519)\.ts$/, replacement: './$1.browser.ts' }] },
  plugins: [onePage()],
  build: {
    target: 'es2022',
    minify: false,
    modulePreload: false,
    rollupOptions: {
      cwd: import.meta.dirname,
      input: { 'pack-page': `${folder}/entry.js` },
      treeshake: { moduleSideEffects: (id) => id.endsWith('entry.js') },
      output: { codeSplitting: false },
    },
  },
})

function onePage(): Plugin {
  return {
    name: 'one-page',
    generateBundle(_options, bundle) {
      const [chunk, ...more] = Object.values(bundle)
      if (chunk?.type !== 'chunk' || more.length > 0) throw new Error('the page must be built from exactly one script')
      delete bundle[chunk.fileName]
      // within a script element only this can end it or change how it is read
      const script = chunk.code.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--')
      const style = STYLE + readFileSync(`${folder}/page.css`, 'utf8')
      const policy = `default-src 'none'; script-src '${digest(script)}'; style-src '${digest(style)}'; base-uri 'none'; form-action 'none'`
      const parts: Record<string, string> = { script, style, policy }
      const template = readFileSync(`${folder}/page.html`, 'utf8')
      const source = template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => parts[name] ?? '')
      this.emitFile({ type: 'asset', fileName: 'pack-page.html', source })
    },
  }
}

function digest(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
