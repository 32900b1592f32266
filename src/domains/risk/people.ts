import type { Change } from '#domains/changes'

type Identity = Change['author']

/** What git tells of a human who looked at the change and is none of its authors. */
export type LookedAt = 'reviewer_named' | 'merged_by_another' | 'not_told'

/**
 * A reviewer counts when a trailer such as `Reviewed-by` names a human who wrote none of the change; so does a human who
 * merged what others wrote. Machines and AI tools never count, nor does anyone who shares name or address with an author.
 */
export function lookedAt({ author, mergedBy, commits, parties, kind }: Change): LookedAt {
  const written = kind === 'merge' ? commits.filter((one) => !one.isMerge) : commits
  const authors = [author, ...written.map((one) => one.author), ...parties.coAuthors]
  const isOther = (person: Identity) => person.kind === 'human' && !authors.some((one) => isSame(one, person))
  if (parties.reviewers.some(isOther)) return 'reviewer_named'
  return isOther(mergedBy) ? 'merged_by_another' : 'not_told'
}

function isSame(a: Identity, b: Identity): boolean {
  return a.email.toLowerCase() === b.email.toLowerCase() || a.name.trim().toLowerCase() === b.name.trim().toLowerCase()
}
