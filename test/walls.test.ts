import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'

/**
 * Who may import whom. Read it as documentation; it is the table of `docs/architecture.md`.
 * `kernel` is ordered: ledger, then access, then policy, each seeing only those before it.
 */
const root = join(import.meta.dirname, '..', 'src')
const kernelOrder = ['ledger', 'access', 'policy']
/** Domains that may call another domain's face. Keep it short: read others through the ledger where you can. */
const domainUses: Readonly<Record<string, readonly string[]>> = {
  evidence: ['changes'],
  risk: ['changes'],
  gates: ['changes', 'evidence', 'risk'],
  exceptions: ['changes'],
  reports: ['changes'],
  packs: ['changes', 'reports'],
  charter: ['gates'],
}
/** The two doors of the ledger, and nothing else, may turn a read-only handle into a writable one. */
const mayImportEngine = ['kernel/ledger/transact.ts']

interface Import {
  readonly file: string
  readonly specifier: string
}

const imports = sourceFiles(root).flatMap((path) => importsOf(path))

test('the walls were looked at', () => {
  expect(imports.length).toBeGreaterThan(100)
  expect(new Set(imports.map((one) => one.file)).size).toBeGreaterThan(20)
})

test('every import goes through a face and in the allowed direction', () => {
  expect(imports.filter((one) => !isAllowed(one)).map((one) => `${one.file} imports ${one.specifier}`)).toEqual([])
})

test('no import climbs out of its own part of the tree', () => {
  const climbing = imports.filter((one) => one.specifier.startsWith('.') && part(resolved(one)) !== part(one.file))
  expect(climbing.map((one) => `${one.file} imports ${one.specifier}`)).toEqual([])
})

test('only the doors of the ledger make a handle writable', () => {
  const users = sourceFiles(root).filter((path) =>
    /import\s[^;]*\bengine\b[^;]*from '#platform\/database/.test(readFileSync(path, 'utf8')),
  )
  expect(users.map((path) => relative(root, path)).filter((path) => !path.endsWith('.test.ts'))).toEqual(
    mayImportEngine,
  )
})

function isAllowed({ file, specifier }: Import): boolean {
  const [layer = '', name = ''] = file.split('/')
  const target = /^#(platform|kernel|domains|server|client|console)(?:\/([^/]+))?/.exec(specifier)
  if (target === null) return true
  const [, wanted = '', face = ''] = target
  if (wanted === 'platform') return true
  // pages talk to the server as any other client, through the shell of the console
  if (wanted === 'client' || wanted === 'console') return layer === 'cli' || isPage(file)
  if (wanted === 'server') return layer === 'cli'
  if (wanted === 'kernel')
    return layer === 'kernel' ? kernelOrder.indexOf(face) < kernelOrder.indexOf(name) : layer !== 'platform'
  if (layer === 'domains') return domainUses[name]?.includes(face) ?? false
  return layer === 'server' || layer === 'cli'
}

function isPage(file: string): boolean {
  return /^(kernel|domains)\/[^/]+\/web\//.test(file)
}

/** `platform`, or `kernel/ledger`, `domains/changes`: the unit whose files may import each other by path. */
function part(file: string): string {
  const [layer = '', name = ''] = file.split('/')
  return layer === 'kernel' || layer === 'domains' ? `${layer}/${name}` : layer
}

function resolved({ file, specifier }: Import): string {
  return relative(root, join(root, file, '..', specifier))
}

function importsOf(path: string): Import[] {
  const file = relative(root, path)
  if (file.endsWith('.test.ts')) return []
  const text = readFileSync(path, 'utf8')
  return [...text.matchAll(/(?:from|import)\s*\(?'([^']+)'/g)].map(([, specifier = '']) => ({ file, specifier }))
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sourceFiles(path)
    return /\.tsx?$/.test(entry.name) ? [path] : []
  })
}
