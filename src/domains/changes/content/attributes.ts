import { matchesPattern } from '#platform/glob.ts'
import type { FileClass } from '../model.ts'

/** What committed attributes say of a path's class; undefined: nothing. */
export type AttributeClasses = (path: string) => FileClass | undefined

/** Most rules of one repository that are used, so that a hostile one cannot make every path slow. */
const attributeRulesMax = 500

/**
 * The classes that `.gitattributes` files (gitattributes(5), read as data) give: `linguist-generated`,
 * `linguist-vendored` and `filter=lfs`. The last rule that fits wins, deeper files after shallower ones.
 */
export function readAttributes(files: readonly { path: string; text: string }[]): AttributeClasses {
  const rules = files
    .toSorted((a, b) => depth(a.path) - depth(b.path))
    .flatMap((file) => rulesOf(file.path, file.text))
    .slice(0, attributeRulesMax)
  return (path) => {
    let found: FileClass | undefined
    for (const rule of rules) {
      if (!path.startsWith(rule.folder)) continue
      if (matchesPattern(rule.pattern, path.slice(rule.folder.length))) found = rule.class
    }
    return found
  }
}

interface Rule {
  /** Empty, or ends with a slash. */
  readonly folder: string
  readonly pattern: string
  readonly class: FileClass
}

function depth(path: string): number {
  return path.split('/').length
}

function rulesOf(path: string, text: string): Rule[] {
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  return text.split('\n', 10_000).flatMap((line) => {
    const [pattern = '', ...attributes] = line.trim().split(/[ \t]+/, 50)
    if (pattern === '' || pattern.startsWith('#') || pattern.startsWith('!') || pattern.length > 500) return []
    const named = classOf(attributes)
    return named === undefined ? [] : [{ folder, pattern, class: named }]
  })
}

function classOf(attributes: readonly string[]): FileClass | undefined {
  if (attributes.includes('filter=lfs')) return 'lfs'
  const generated = stateOf(attributes, 'linguist-generated')
  const vendored = stateOf(attributes, 'linguist-vendored')
  if (generated === true) return 'generated'
  if (vendored === true) return 'vendored'
  return generated === false || vendored === false ? 'counted' : undefined
}

function stateOf(attributes: readonly string[], name: string): boolean | undefined {
  if (attributes.includes(name) || attributes.includes(`${name}=true`)) return true
  const off = attributes.includes(`-${name}`) || attributes.includes(`${name}=false`)
  return off ? false : undefined
}
