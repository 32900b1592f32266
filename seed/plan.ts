import { developers, legal, type Person, type RepositoryPlan, security } from './company.ts'
import { createRandom, type Random } from './random.ts'
import { type FileNames, fileNamesOf, type Written, writeChange } from './source.ts'

export type Flaw = 'finding' | 'secret' | 'failing-test' | 'unreviewed' | 'new-dependency'

/** One change as it will be merged, and everything that will be known of it. */
export interface PlannedChange {
  /** From 1; also the number of its pull request. */
  readonly number: number
  readonly mergedAtMs: number
  readonly author: Person
  readonly approvers: readonly Person[]
  readonly merger: Person
  readonly title: string
  readonly ticket: string | undefined
  readonly tool: Tool | undefined
  /** Whether its commit carries a record of which lines AI wrote. */
  readonly hasLineRecord: boolean
  /** Whether reports about it are kept. */
  readonly isCovered: boolean
  readonly flaw: Flaw | undefined
  readonly written: readonly Written[]
}

export interface Tool {
  readonly name: string
  readonly id: string
  readonly trailer: string
}

const tools: readonly Tool[] = [
  { name: 'Claude Code', id: 'claude', trailer: 'Co-Authored-By: Claude <noreply@anthropic.com>' },
  {
    name: 'GitHub Copilot',
    id: 'github-copilot',
    trailer: 'Co-authored-by: Copilot <175728472+Copilot@users.noreply.github.com>',
  },
  { name: 'Cursor', id: 'cursor', trailer: 'Co-authored-by: Cursor <cursoragent@cursor.com>' },
]

const dayMs = 86_400_000
const yearMs = 365 * dayMs
/** Reports and line records are kept for the last so many days of the year. */
const governedMs = 180 * dayMs
const verbs = ['Teach', 'Let', 'Mend', 'Speed up', 'Split', 'Check'] as const
const ends = ['to count', 'for large accounts', 'at month end', 'without a retry', 'when it is late'] as const
const flaws: readonly Flaw[] = ['finding', 'secret', 'failing-test', 'unreviewed', 'new-dependency']

/** The changes of a repository over the year that ends at `untilMs`, oldest first; the same each time. */
export function* planChanges(plan: RepositoryPlan, untilMs: number): Generator<PlannedChange> {
  const random = createRandom(seedOf(plan.name))
  const files = fileNamesOf(plan)
  const stepMs = (yearMs - dayMs) / plan.changes
  for (let number = 1; number <= plan.changes; number++) {
    const mergedAtMs = Math.floor((untilMs - yearMs + number * stepMs) / 1000) * 1000
    yield planChange({ plan, random, files, number, mergedAtMs, ageMs: untilMs - mergedAtMs })
  }
}

interface Step {
  readonly plan: RepositoryPlan
  readonly random: Random
  readonly files: FileNames
  readonly number: number
  readonly mergedAtMs: number
  readonly ageMs: number
}

function planChange({ plan, random, files, number, mergedAtMs, ageMs }: Step): PlannedChange {
  const tool = random.chance(grown(plan.ai, 1 - ageMs / yearMs)) ? random.of(tools) : undefined
  const isCovered = random.chance(coverageAt(plan, number, ageMs))
  const author = random.of(developers)
  const flaw = random.chance(0.16 * (0.3 + ageMs / yearMs)) ? random.of(flaws) : undefined
  const area = random.of(plan.areas)
  const what = random.of(area.what)
  return {
    number,
    mergedAtMs,
    author,
    approvers: flaw === 'unreviewed' ? [] : approversOf(random, author),
    merger: random.of(developers.filter((one) => one !== author)),
    title: `${random.of(verbs)} the ${what} of ${area.folder.split('/').at(-1)} ${random.of(ends)}`,
    ticket: random.chance(0.93) ? `${plan.ticket}-${1000 + number}` : undefined,
    tool,
    hasLineRecord: isCovered && random.chance(0.97),
    isCovered,
    flaw,
    written: writeChange({ plan, random, files: files.of(area), number, isByTool: tool !== undefined, flaw }),
  }
}

function grown([from, to]: readonly [number, number], share: number): number {
  return from + (to - from) * share
}

function coverageAt({ covered, changes, reported }: RepositoryPlan, number: number, ageMs: number): number {
  const isGoverned = reported === undefined ? ageMs < governedMs : number > changes - reported
  return isGoverned ? grown(covered, 1 - ageMs / governedMs) : 0
}

/** Two who may judge it, one of security and one of the law: what rules ask for is mostly there. */
function approversOf(random: Random, author: Person): readonly Person[] {
  const seniors = developers.filter((one) => one !== author && one.roles.includes('senior-developer'))
  const first = random.of(seniors)
  const more = random.chance(0.92) ? [random.of(security)] : []
  return [first, ...more, ...(random.chance(0.9) ? legal : [])]
}

function seedOf(name: string): number {
  return [...name].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), 7)
}
