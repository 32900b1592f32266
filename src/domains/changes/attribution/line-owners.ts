import type { ChangeMaterial } from './attribute.ts'

/** The commit that a line of a change came from, with its place there. */
interface LineOwner {
  /** Position in the change's commits. */
  readonly commit: number
  readonly path: string
  readonly line: number
}

export interface LineOwners {
  /**
   * The newest commit of the change that added a line of this content to this file, else to any file of the change
   * (it was renamed on the way); each added line is handed out once. What no commit added belongs to the head: it was
   * written while merging.
   */
  take(path: string, print: number, line: number): LineOwner
}

export function createLineOwners(material: ChangeMaterial): LineOwners {
  const head = material.commits.length - 1
  if (head === 0) return { take: (path, _print, line) => ({ commit: 0, path, line }) }
  const paths = new Map<string, Map<number, Entry[]>>()
  const anywhere = new Map<number, Entry[]>()
  for (const [commit, { files }] of material.commits.entries()) {
    for (const file of files) {
      const prints = paths.get(file.path) ?? new Map<number, Entry[]>()
      paths.set(file.path, prints)
      const { numbers, prints: values } = file.lines ?? { numbers: [], prints: [] }
      for (let at = 0; at < numbers.length; at++) {
        const entry = { commit, path: file.path, line: numbers[at] ?? 0, taken: false }
        push(prints, values[at] ?? 0, entry)
        push(anywhere, values[at] ?? 0, entry)
      }
    }
  }
  return {
    take: (path, print, line) =>
      pop(paths.get(path)?.get(print)) ?? pop(anywhere.get(print)) ?? { commit: head, path, line },
  }
}

interface Entry extends LineOwner {
  taken: boolean
}

function push(map: Map<number, Entry[]>, print: number, entry: Entry): void {
  const known = map.get(print)
  if (known === undefined) map.set(print, [entry])
  else known.push(entry)
}

function pop(entries: Entry[] | undefined): Entry | undefined {
  // Each entry is in two stacks; one that the other has handed out is passed over.
  for (let entry = entries?.pop(); entry !== undefined; entry = entries?.pop()) {
    if (entry.taken) continue
    entry.taken = true
    return entry
  }
  return undefined
}
