import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'

const root = join(import.meta.dirname, '..', '..')

/** Builds from the present sources one of the two single files that leave the product: the verifier, or the page. */
export async function buildSingleFile(which: 'verify' | 'page'): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), 'countersign-build-'))
  try {
    const configFile = join(root, `vite.${which}.config.ts`)
    await build({ root, configFile, logLevel: 'error', build: { outDir, emptyOutDir: false } })
    return readFileSync(join(outDir, which === 'verify' ? 'verify.mjs' : 'pack-page.html'), 'utf8')
  } finally {
    rmSync(outDir, { recursive: true })
  }
}
