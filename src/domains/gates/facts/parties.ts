import { type Change, tipOf } from '#domains/changes'
import type { ChangeEvidence } from './evidence.ts'
import type { MergeFacts, PersonRole } from './model.ts'
import { createPeople, type Named, type People } from './people.ts'

type Person = MergeFacts['change']['author']
type Approval = NonNullable<MergeFacts['review']['approvals']>[number]

/** Who had which part in a change. What is undefined is not known. */
export interface Parties {
  readonly author: Person
  readonly authorRoles: PersonRole[] | undefined
  readonly authors: string[] | undefined
  readonly mergedBy: Person | undefined
  readonly prompters: string[] | undefined
  readonly accountable: readonly string[]
  readonly approvals: readonly Approval[] | undefined
  /** By person; who is not in it has roles that nobody stated. */
  readonly roles: ReadonlyMap<string, readonly PersonRole[]>
  readonly reviewedHead: string
}

interface Input {
  readonly change: Change
  readonly evidence: ChangeEvidence
  readonly roles: Readonly<Record<string, readonly PersonRole[]>>
}

/** Undefined where it is not known whether AI took part. */
type Assisted = boolean | undefined

type Someone = Named & { readonly kind: Person['kind']; readonly roles?: readonly PersonRole[] | undefined }

/** Addresses under which a forge commits in its own name: they name nobody. */
const forge = /^(noreply@github\.com|noreply@gitlab\.com|.*@noreply\.gitea\.io)$/i

export function partiesOf(input: Input, assisted: Assisted): Parties {
  const { pullRequest, interactions } = input.evidence
  const writers = writersOf(input)
  const approvers = pullRequest?.approvals.map((one) => one.by) ?? []
  const operators = interactions?.sessions.map((one) => one.operator)
  const merger = mergerOf(input)
  const all = [...writers, ...approvers, ...(operators ?? []), ...(merger === undefined ? [] : [merger])]
  const people = createPeople(all)
  const personOf = describer(people, all)
  const roles = rolesOf(people, input.roles, all)
  const [first] = writers
  const author = personOf(first ?? { kind: 'unknown' })
  // a tool named beside its user is no person who could approve
  const authors = idsOf(
    people,
    writers.filter((one) => one.kind !== 'agent' && one.kind !== 'automation'),
  )
  const prompters = operators === undefined ? undefined : idsOf(people, operators)
  const approvals = pullRequest === undefined ? undefined : latestApprovals(input, personOf)
  const humans = approvals?.filter((one) => one.by.kind === 'human').map((one) => one.by.id) ?? []
  const areTold = (ids: readonly string[]) => humans.every((h) => ids.every((id) => id === h || people.areApart(id, h)))
  return {
    author,
    authorRoles: roles.get(author.id)?.slice(),
    authors: areTold(authors) ? authors : undefined,
    mergedBy: merger === undefined ? undefined : personOf(merger),
    prompters: promptersOf(assisted, prompters, areTold),
    accountable: idsOf(
      people,
      [...writers, ...(operators ?? [])].filter((one) => one.kind === 'human'),
    ),
    approvals,
    roles,
    reviewedHead: reviewedHeadOf(input),
  }
}

/** The author first: of the change, of its commits, who is named beside them, who opened the pull request. */
function writersOf({ change, evidence }: Input): Someone[] {
  const { author, commits, parties } = change
  const stated = new Map((evidence.pullRequest?.commits ?? []).map((commit) => [commit.oid, commit.author?.login]))
  const own = commits.filter((commit) => !commit.isMerge)
  const named = own.map((commit) => ({ ...toSomeone(commit.author), login: stated.get(commit.oid) }))
  const head = named.find((one) => one.email === author.email) ?? toSomeone(author)
  const opened = evidence.pullRequest?.author
  const all = [head, ...named, ...parties.coAuthors.map(toSomeone), ...(opened === undefined ? [] : [opened])]
  return all.slice(0, 100)
}

function toSomeone({ email, kind }: Change['author']): Someone {
  return { email, kind }
}

function mergerOf({ change, evidence }: Input): Someone | undefined {
  const { pullRequest } = evidence
  if (pullRequest !== undefined) return pullRequest.merge?.by
  const by = change.mergedBy
  return forge.test(by.email) ? undefined : toSomeone(by)
}

function idsOf(people: People, some: readonly Someone[]): string[] {
  return [...new Set(some.map((one) => people.idOf(one)).filter((id) => id !== undefined))]
}

/** A person of the facts. Of two statements about what somebody is, one that names an agent or automation counts. */
function describer(people: People, all: readonly Someone[]) {
  const kinds = new Map<string, Set<Someone['kind']>>()
  for (const one of all) {
    const id = people.idOf(one)
    if (id !== undefined) kinds.set(id, new Set([...(kinds.get(id) ?? []), one.kind]))
  }
  return (someone: Someone): Person => {
    const id = people.idOf(someone)
    if (id === undefined) return { id: 'p0', kind: someone.kind }
    const stated = kinds.get(id) ?? new Set([someone.kind])
    return { id, kind: (['agent', 'automation', 'human'] as const).find((kind) => stated.has(kind)) ?? 'unknown' }
  }
}

/** Somebody whose source lists their roles, were the list empty, has known roles. */
function rolesOf(people: People, named: Input['roles'], all: readonly Someone[]): Parties['roles'] {
  const roles = new Map<string, PersonRole[]>()
  for (const one of all) {
    const id = people.idOf(one)
    const stated = [...(one.roles ?? []), ...namedRoles(named, one)]
    if (id === undefined || (one.roles === undefined && stated.length === 0)) continue
    roles.set(id, [...new Set([...(roles.get(id) ?? []), ...stated])].sort())
  }
  return roles
}

function namedRoles(roles: Input['roles'], { email, login }: Named): readonly PersonRole[] {
  return [email, login].flatMap((handle) => (handle === undefined ? [] : (roles[handle.toLowerCase()] ?? [])))
}

/** The latest word of each person, in the order of their ids; a dismissed one stays, and counts for nothing. */
function latestApprovals(input: Input, personOf: (someone: Someone) => Person): Approval[] {
  const { pullRequest } = input.evidence
  const heads = new Set([input.change.headOid, reviewedHeadOf(input)])
  const latest = new Map<string, Approval & { at: string }>()
  for (const { by, state, commit, at } of pullRequest?.approvals ?? []) {
    const person = personOf(by)
    const before = latest.get(person.id)
    if (before !== undefined && Date.parse(before.at) > Date.parse(at)) continue
    latest.set(person.id, { by: person, state, commit, onHead: heads.has(commit), at })
  }
  const number = (one: Approval) => Number(one.by.id.slice(1))
  return [...latest.values()]
    .sort((a, b) => number(a) - number(b))
    .slice(0, 100)
    .map(({ at: _, ...approval }) => approval)
}

/** Where no AI took part nobody prompted it; where it did, or may have, only the record of its sessions names them. */
function promptersOf(
  assisted: Assisted,
  prompters: string[] | undefined,
  areTold: (ids: readonly string[]) => boolean,
): string[] | undefined {
  if (prompters !== undefined) return areTold(prompters) ? prompters : undefined
  return assisted === false ? [] : undefined
}

/** The pull request's head where its record names it, else the newest commit that a merge brought. */
function reviewedHeadOf({ change, evidence }: Input): string {
  if (evidence.pullRequest !== undefined) return evidence.pullRequest.head
  return tipOf(change)
}
