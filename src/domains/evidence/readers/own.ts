import type { z } from 'zod'
import { EvidenceUnreadable } from '../errors.ts'
import { DependenciesEvidence } from '../own/dependencies.ts'
import { InteractionsEvidence } from '../own/interactions.ts'
import { PullRequestEvidence } from '../own/pull-request.ts'
import { textAt } from '../reading/json.ts'
import { clean } from '../reading/text.ts'
import type { JsonFormat } from './format.ts'

/** `countersign.pull-request/v1` */
export const pullRequest: JsonFormat = {
  name: 'pull-request',
  title: 'countersign.pull-request/v1',
  about: 'approvals, merge and branch protection of a pull request, as the forge knows them',
  names: /pull-request.*\.json$/i,
  kind: 'json',
  recognises: (doc) => textAt(doc, 'schema') === 'countersign.pull-request/v1',
  read: (doc, reading) => {
    const read = exactly(PullRequestEvidence, doc)
    reading.checked()
    reading.version('v1')
    reading.commit(read.head)
    reading.commit(read.mergeCommit)
    reading.set({ pullRequest: read })
  },
}

/** `countersign.interactions/v1` */
export const interactions: JsonFormat = {
  name: 'interactions',
  title: 'countersign.interactions/v1',
  about: 'the sessions with AI tools that a commit came from',
  names: /interactions.*\.json$/i,
  kind: 'json',
  recognises: (doc) => textAt(doc, 'schema') === 'countersign.interactions/v1',
  read: (doc, reading) => {
    const read = exactly(InteractionsEvidence, doc)
    reading.checked()
    reading.version('v1')
    reading.commit(read.commit)
    reading.set({ interactions: read })
  },
}

/** `countersign.dependencies/v1` */
export const dependencies: JsonFormat = {
  name: 'dependencies',
  title: 'countersign.dependencies/v1',
  about: 'the dependencies that a commit added, and whether they exist',
  names: /dependencies.*\.json$/i,
  kind: 'json',
  recognises: (doc) => textAt(doc, 'schema') === 'countersign.dependencies/v1',
  read: (doc, reading) => {
    const read = exactly(DependenciesEvidence, doc)
    reading.checked()
    reading.version('v1')
    reading.count(read.added.length)
    reading.commit(read.commit)
    reading.set({ dependencies: read })
  },
}

/**
 * A report in a format of ours is of exactly its form: nobody else's tool stands between. Members that it does not know are
 * left out; text is made harmless as in every report.
 *
 * @throws EvidenceUnreadable naming the first fault
 */
function exactly<S extends z.ZodType>(schema: S, doc: unknown): z.output<S> {
  const read = schema.safeParse(harmless(doc))
  if (read.success) return read.data
  const issue = read.error.issues[0]
  const path = clean(issue?.path.map(String).join('.') ?? '', 100)
  throw EvidenceUnreadable({
    reason: `\`${path}\` is not what the format asks for: ${clean(issue?.message ?? '', 200)}`,
  })
}

function harmless(value: unknown): unknown {
  if (typeof value === 'string') return clean(value, 4000)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(harmless)
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, harmless(member)]))
}
