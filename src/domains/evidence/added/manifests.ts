import { objectAt, textAt } from '../reading/json.ts'

export interface Dependency {
  readonly ecosystem: string
  readonly name: string
  readonly version: string
  readonly line: number | undefined
  /** Comes from the registry of its ecosystem, which can be asked for it. */
  readonly isFromRegistry: boolean
}

interface Manifest {
  readonly ecosystem: string
  readonly pattern: RegExp
  readonly read: (text: string) => Dependency[]
}

/** Files that name dependencies, and how. To add an ecosystem is to add a row. */
const manifests: readonly Manifest[] = [
  { ecosystem: 'npm', pattern: /^(package-lock|npm-shrinkwrap)\.json$/, read: readPackageLock },
  { ecosystem: 'npm', pattern: /^package\.json$/, read: readPackageJson },
  {
    ecosystem: 'PyPI',
    pattern: /^requirements[\w.-]*\.txt$/,
    read: byLine('PyPI', /^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*==\s*([\w.!+-]+)/),
  },
  {
    ecosystem: 'Go',
    pattern: /^go\.mod$/,
    read: byLine('Go', /^\s*(?:require\s+)?([a-z0-9][\w.-]*\.[a-z]{2,}\/\S+)\s+(v\d\S*)/),
  },
  { ecosystem: 'crates.io', pattern: /^Cargo\.lock$/, read: readCargoLock },
]

/** Whether a path, outside of folders of installed packages, names dependencies. */
export function isManifest(path: string): boolean {
  return manifestOf(path) !== undefined && !/(^|\/)(node_modules|vendor)\//.test(path)
}

export function dependenciesIn(path: string, text: string): Dependency[] {
  return manifestOf(path)?.read(text) ?? []
}

/** `package.json` says nothing that the lock file beside it does not say better. */
export function withoutLocked(paths: readonly string[]): string[] {
  const folders = new Set(paths.filter((one) => /(package-lock|npm-shrinkwrap)\.json$/.test(one)).map(folderOf))
  const isLocked = (path: string) => [...ancestors(folderOf(path))].some((one) => folders.has(one))
  return paths.filter((one) => !one.endsWith('package.json') || !isLocked(one))
}

function manifestOf(path: string): Manifest | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return manifests.find((one) => one.pattern.test(name))
}

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
}

/** The folder itself and those above it: the lock file of a workspace stands at its root. */
function* ancestors(folder: string): Generator<string> {
  for (let at = folder; ; at = folderOf(at)) {
    yield at
    if (at === '') return
  }
}

function readPackageLock(text: string): Dependency[] {
  const packages = objectAt(parse(text), 'packages') ?? {}
  const lines = linesOfMembers(text)
  return Object.keys(packages).flatMap((place) => {
    const entry = objectAt(packages, place)
    const name = textAt(entry, 'name') ?? place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)
    const version = textAt(entry, 'version')
    // the project itself, its workspaces and links to them
    if (!place.includes('node_modules/') || version === undefined || Reflect.get(entry ?? {}, 'link') === true)
      return []
    const resolved = textAt(entry, 'resolved') ?? 'https:'
    return [{ ecosystem: 'npm', name, version, line: lines.get(place), isFromRegistry: /^https?:/.test(resolved) }]
  })
}

function readPackageJson(text: string): Dependency[] {
  const doc = parse(text)
  const lines = linesOfMembers(text)
  return ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((group) => {
    const named = objectAt(doc, group) ?? {}
    return Object.keys(named).flatMap((name) => {
      const version = textAt(named, name)
      if (version === undefined || /^(file|link|workspace|portal):/.test(version)) return []
      const isFromRegistry = !/[/:]/.test(version)
      return [{ ecosystem: 'npm', name, version, line: lines.get(name), isFromRegistry }]
    })
  })
}

function readCargoLock(text: string): Dependency[] {
  const found: Dependency[] = []
  let name: string | undefined
  for (const [i, line] of text.split('\n').entries()) {
    if (line.startsWith('[[package]]')) name = undefined
    name = /^name = "([\w-]+)"/.exec(line)?.[1] ?? name
    const version = /^version = "([^"\s]+)"/.exec(line)?.[1]
    if (version !== undefined && name !== undefined)
      found.push({ ecosystem: 'crates.io', name, version, line: i + 1, isFromRegistry: false })
  }
  return found
}

function byLine(ecosystem: string, pattern: RegExp): (text: string) => Dependency[] {
  return (text) =>
    text.split('\n').flatMap((line, i) => {
      const [, name, version] = (line.length < 1000 ? pattern.exec(line) : null) ?? []
      if (name === undefined || version === undefined) return []
      return [{ ecosystem, name, version, line: i + 1, isFromRegistry: false }]
    })
}

/** Where each member of a JSON text begins; of a name that occurs more than once the last place. */
function linesOfMembers(text: string): Map<string, number> {
  const lines = new Map<string, number>()
  for (const [i, line] of text.split('\n').entries()) {
    const name = /^\s*"((?:@?[\w./@-])+)"\s*:/.exec(line.length < 1000 ? line : '')?.[1]
    if (name !== undefined) lines.set(name, i + 1)
  }
  return lines
}

/** A file of a commit may be anything; one that is no JSON names no dependency. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
