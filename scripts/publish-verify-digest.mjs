import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

// Builds the verifier and writes its SHA-256 to the page from which auditors take it. A test compares the two.
const root = fileURLToPath(new URL('..', import.meta.url))
const outDir = mkdtempSync(join(tmpdir(), 'countersign-digest-'))
try {
  const configFile = join(root, 'vite.verify.config.ts')
  await build({ root, configFile, logLevel: 'error', build: { outDir, emptyOutDir: false } })
  const digest = createHash('sha256')
    .update(readFileSync(join(outDir, 'verify.mjs')))
    .digest('hex')
  writeFileSync(join(root, 'docs', 'reference', 'verify-digest.txt'), `${digest}  verify.mjs\n`)
  process.stdout.write(`${digest}\n`)
} finally {
  rmSync(outDir, { recursive: true })
}
