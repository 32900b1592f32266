import { listFiles, openFiles, resolveRevision } from '#domains/changes'
import type { DependenciesEvidence } from '../own/dependencies.ts'
import { type Dependency, dependenciesIn, isManifest, lockedNames, withoutLocked } from './manifests.ts'
import { askNpm, type Published } from './npm-registry.ts'

const manifestsMax = 500
const manifestBytesMax = 20 * 1024 * 1024
const addedMax = 20_000

export interface AddedOptions {
  /** Folder of the repository. */
  readonly path: string
  /** A branch, tag or id; `HEAD` unless said. */
  readonly commit?: string | undefined
  /** What it is compared with; its first parent unless said. */
  readonly base?: string | undefined
  readonly env: NodeJS.ProcessEnv
  readonly signal?: AbortSignal | undefined
}

/**
 * The dependencies, with their versions, that are named at a commit and were not at its base, and whether they exist where
 * they come from. Only npm is asked; of other ecosystems it is unknown.
 *
 * @throws branch_missing, repository_unreadable, git_missing, git_too_old
 */
export async function addedDependencies(options: AddedOptions): Promise<DependenciesEvidence> {
  const { path, signal, env } = options
  const head = await resolveRevision(path, options.commit ?? 'HEAD', signal)
  const base = options.base === undefined ? head.parent : (await resolveRevision(path, options.base, signal)).commit
  // whatever any file named before is not new
  const before = new Set((base === undefined ? [] : (await named(path, base, signal)).found).map(keyOf))
  const { found, locked } = await named(path, head.commit, signal)
  const added = unique(withoutLocked(found, locked).filter((one) => !before.has(keyOf(one)))).slice(0, addedMax)
  const asked = added.filter((one) => one.ecosystem === 'npm' && one.isFromRegistry)
  const answers = new Map<string, Published>()
  for (const [i, one] of (await askNpm(asked, { env, signal })).entries()) {
    const about = asked[i]
    if (about !== undefined) answers.set(keyOf(about), one)
  }
  return {
    schema: 'countersign.dependencies/v1',
    commit: head.commit,
    ...(base === undefined ? {} : { base }),
    added: added.map((one) => ({
      ecosystem: one.ecosystem,
      name: one.name,
      version: one.version,
      manifest: one.manifest,
      ...(one.line === undefined ? {} : { line: one.line }),
      ...(answers.get(keyOf(one)) ?? { exists: null, publishedAt: null }),
    })),
  }
}

type Named = Dependency & { readonly manifest: string }

async function named(
  path: string,
  commit: string,
  signal: AbortSignal | undefined,
): Promise<{ found: Named[]; locked: Set<string> }> {
  const stop = signal === undefined ? {} : { signal }
  const manifests = await listFiles(path, commit, { wanted: isManifest, max: manifestsMax, ...stop })
  const files = await openFiles({ path, ...stop })
  try {
    const found: Named[] = []
    const locked = new Set<string>()
    for (const manifest of manifests) {
      const file = await files.read({ commit, file: manifest, maxBytes: manifestBytesMax })
      if (file === undefined || file.size > file.content.length) continue
      const text = file.content.toString('utf8')
      for (const name of lockedNames(manifest, text)) locked.add(name)
      const sound = dependenciesIn(manifest, text).filter(isSound)
      found.push(...sound.map((one) => ({ ...one, manifest })))
    }
    return { found, locked }
  } finally {
    await files.close()
  }
}

/** Where it is named does not matter: moved to another manifest it is not new. */
function keyOf({ ecosystem, name, version }: Dependency): string {
  return JSON.stringify([ecosystem, name, version])
}

function unique(all: readonly Named[]): Named[] {
  return [...new Map(all.map((one) => [keyOf(one), one])).values()]
}

/** What the format takes: a manifest of a hostile repository may name anything. */
function isSound({ name, version }: Dependency): boolean {
  return name !== '' && name.length <= 300 && version.length <= 200 && !/\p{C}/u.test(name + version)
}
