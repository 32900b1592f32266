import { type GitPlace, startGit } from './git.ts'

/** The commits reachable from a branch and not from what was read before, children before parents. */
export interface Graph {
  readonly oids: readonly string[]
  /** Parents of the commit at that position: positions in `oids`, or -1 for one outside (shallow, read before). */
  readonly parents: readonly (readonly number[])[]
  /** The first parent of each, also when it is outside; undefined for a root and where a shallow clone ends. */
  readonly firstParents: readonly (string | undefined)[]
  /** Whether older commits were left out because there are more than `maxCommits`. */
  readonly cut: boolean
}

/** One step of the first-parent chain, oldest first. */
export interface Step {
  readonly oid: string
  readonly parent: string | undefined
  /** Number of parents the repository shows. */
  readonly parents: number
  /** The commits that it brings besides itself, oldest first; empty unless it is a merge. */
  readonly brought: readonly BroughtCommit[]
}

export interface BroughtCommit {
  readonly oid: string
  readonly parent: string | undefined
  readonly parents: number
}

export async function readGraph(
  place: GitPlace,
  range: { head: string; after: string | undefined; maxCommits: number },
  signal?: AbortSignal,
): Promise<Graph> {
  const exclude = range.after === undefined ? [] : [`^${range.after}`]
  const args = ['rev-list', '--topo-order', '--parents', `--max-count=${range.maxCommits + 1}`, range.head, ...exclude]
  const process = startGit(place, [...args, '--'], signal)
  process.child.stdin.end()
  const lines: string[] = []
  let rest = ''
  try {
    for await (const chunk of process.chunks) {
      const parts = (rest + chunk.toString('latin1')).split('\n')
      rest = parts.pop() ?? ''
      for (const part of parts) lines.push(part)
    }
    await process.finish()
  } finally {
    process.stop()
  }
  return link(lines.slice(0, range.maxCommits), lines.length > range.maxCommits)
}

/** The first-parent chain of the graph's first commit with what each step brings, oldest first. */
export function steps(graph: Graph): Step[] {
  const chain: number[] = []
  for (let at = graph.oids.length === 0 ? -1 : 0; at >= 0; at = graph.parents[at]?.[0] ?? -1) chain.push(at)
  const seen = new Uint8Array(graph.oids.length)
  for (const at of chain) seen[at] = 1
  return chain.reverse().map((at) => ({ ...describe(graph, at), brought: bring(graph, at, seen) }))
}

/** Every commit of the graph, oldest first, its head last. */
export function commitsOf(graph: Graph): BroughtCommit[] {
  return graph.oids.map((_, at) => describe(graph, at)).reverse()
}

function link(lines: readonly string[], cut: boolean): Graph {
  const fields = lines.map((line) => line.split(' '))
  const positions = new Map(fields.map(([oid], at) => [oid ?? '', at]))
  return {
    oids: fields.map(([oid]) => oid ?? ''),
    parents: fields.map(([, ...parents]) => parents.map((parent) => positions.get(parent) ?? -1)),
    firstParents: fields.map(([, first]) => first),
    cut,
  }
}

function describe(graph: Graph, at: number): BroughtCommit {
  const parents = graph.parents[at] ?? []
  return { oid: graph.oids[at] ?? '', parent: graph.firstParents[at], parents: parents.length }
}

function bring(graph: Graph, at: number, seen: Uint8Array): BroughtCommit[] {
  const found: number[] = []
  const open = (graph.parents[at] ?? []).slice(1)
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next < 0 || seen[next] === 1) continue
    seen[next] = 1
    found.push(next)
    open.push(...(graph.parents[next] ?? []))
  }
  // Children stand before parents in the graph, so the greatest position is the oldest.
  return found.sort((a, b) => b - a).map((each) => describe(graph, each))
}
