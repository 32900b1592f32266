/** Where CI systems check out; what is below is relative to the repository. */
const workspaces: readonly RegExp[] = [
  /^\/home\/runner\/work\/[^/]+\/[^/]+\//,
  /^\/github\/workspace\//,
  /^[A-Za-z]:\/a\/[^/]+\/[^/]+\//,
  /^\/__w\/[^/]+\/[^/]+\//,
  /^\/builds\/[^/]+\/[^/]+\//,
  /^\/home\/vsts\/work\/\d+\/s\//,
  /^\/home\/circleci\/project\//,
  /^\/opt\/atlassian\/pipelines\/agent\/build\//,
]

const pathMax = 1000

/**
 * A path of a report relative to the root of the repository, with `/`; null where it leads elsewhere (an absolute path below
 * no root that is known, `..` beyond the root, a URL) or is no path.
 *
 * @param roots absolute folders that stand for the root of the repository
 */
export function repositoryPath(stated: string | undefined, roots: readonly string[] = []): string | null {
  const plain = plainPath(stated)
  if (plain === undefined) return null
  const known = roots.map(asFolder).find((root) => plain.startsWith(root))
  if (known !== undefined) return collapse(plain.slice(known.length))
  const workspace = workspaces.map((one) => one.exec(plain)?.[0]).find((one) => one !== undefined)
  if (workspace !== undefined) return collapse(plain.slice(workspace.length))
  return isAbsolute(plain) ? null : collapse(plain)
}

/**
 * The same for coverage, whose paths are matched with those of the repository by their ends: an absolute path loses drive and
 * leading slash instead of being unknown.
 */
export function coveragePath(stated: string | undefined, roots: readonly string[] = []): string | null {
  const plain = plainPath(stated)
  if (plain === undefined) return null
  return repositoryPath(stated, roots) ?? collapse(plain.replace(/^[A-Za-z]:/, '').replace(/^\/+/, ''))
}

/** With `/`, without scheme and percent signs; undefined where it is empty, too long, a URL elsewhere, or has control marks. */
function plainPath(stated: string | undefined): string | undefined {
  if (stated === undefined || stated === '' || stated.length > pathMax * 3) return undefined
  const local = /^file:\/\/(localhost)?/i.exec(stated)
  const encoded = local === null ? stated : stated.slice(local[0].length).replace(/^\/([A-Za-z]:)/, '$1')
  const path = (local === null ? encoded : percentDecoded(encoded)).replaceAll('\\', '/')
  if (/^[A-Za-z][A-Za-z0-9+.-]+:/.test(path) || /\p{C}/u.test(path) || path.length > pathMax) return undefined
  return path
}

export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function asFolder(root: string): string {
  const plain = plainPath(root) ?? '\0'
  return plain.endsWith('/') ? plain : `${plain}/`
}

function isAbsolute(path: string): boolean {
  return path.startsWith('/') || /^[A-Za-z]:/.test(path)
}

function collapse(path: string): string | null {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return null
  }
  return parts.length === 0 ? null : parts.join('/')
}
