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

/**
 * Without what a lock file says better: a `package.json` names ranges. A name that no lock file has is left, because a lock
 * file that was not brought up to date would hide it.
 */
export function withoutLocked<D extends Dependency & { readonly manifest: string }>(
  found: readonly D[],
  locked: ReadonlySet<string>,
): D[] {
  return found.filter((one) => !/(^|\/)package\.json$/.test(one.manifest) || !locked.has(one.name))
}

/** Every name in an npm lock file, those of links and workspaces too; none for any other file. */
export function lockedNames(path: string, text: string): string[] {
  if (!/(^|\/)(package-lock|npm-shrinkwrap)\.json$/.test(path)) return []
  const packages = objectAt(parse(text), 'packages') ?? {}
  return Object.keys(packages).flatMap((place) => {
    const name = textAt(objectAt(packages, place), 'name')
    const installed = place.includes('node_modules/') ? [place.slice(place.lastIndexOf('node_modules/') + 13)] : []
    return name === undefined ? installed : [name, ...installed]
  })
}

function manifestOf(path: string): Manifest | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return manifests.find((one) => one.pattern.test(name))
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
