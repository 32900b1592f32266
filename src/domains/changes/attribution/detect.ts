import type { Message } from '../message.ts'
import { readPerson } from '../message.ts'
import type { Commit } from '../repository/commit.ts'
import { automation } from './automation.ts'
import { type Branch, type Detector, detectors, type Identity, toolNames } from './detectors.ts'

/** What one mark of a commit says: this tool took part. It speaks for the whole commit, not for lines. */
export interface Statement {
  readonly source: StatementSource
  readonly detector: string
  readonly grade: 'declared' | 'hinted'
  readonly tool: string
  readonly vendor: string
}

type StatementSource =
  | 'author-identity'
  | 'committer-identity'
  | 'co-author-trailer'
  | 'assisted-by-trailer'
  | 'session-trailer'
  | 'made-with-trailer'
  | 'checkpoint-trailer'
  | 'footer'
  | 'branch-name'
  | 'text'

export interface Party {
  readonly name: string
  readonly email: string
  readonly kind: 'human' | 'agent' | 'automation'
  readonly tool: string | undefined
}

/** Everything that the detectors find in one commit, each tool once per source. */
export function detect(commit: Commit, message: Message): Statement[] {
  const found = new Map<string, Statement>()
  const add = (statement: Statement | undefined) => {
    if (statement !== undefined) found.set(`${statement.source}\0${statement.tool}`, statement)
  }
  add(byIdentity('author-identity', commit.author))
  add(byIdentity('committer-identity', commit.committer))
  if (automation.releaseSubject.test(message.subject) && isAutomation(commit.author)) return [...found.values()]
  for (const trailer of message.trailers) {
    if (trailer.key === 'co-authored-by') add(byIdentity('co-author-trailer', readPerson(trailer.value)))
    else add(byTrailer(trailer.key, trailer.value))
  }
  for (const line of message.lines) add(byLine(line))
  for (const branch of mergedBranches(message)) add(byBranch(branch))
  return [...found.values()]
}

/** Who stands behind a name and address: a known AI tool, a known machine, otherwise a person. */
export function classify(person: { name: string; email: string }): Party {
  const identity = identityOf(person)
  if (identity !== undefined) return { ...person, kind: 'agent', tool: identity.tool }
  return { ...person, kind: isAutomation(person) ? 'automation' : 'human', tool: undefined }
}

/** The branches that a merge message names, without their owner. */
function mergedBranches(message: Message): string[] {
  const { subject } = message
  const pull = /^Merge pull request #\d+ from [^/\s]+\/(\S+)/.exec(subject)?.[1]
  const named = /^Merge (?:remote-tracking )?branch '([^']+)'/.exec(subject)?.[1]?.replace(/^origin\//, '')
  const bitbucket = /^Merged in (\S+) \(pull request #\d+\)/.exec(subject)?.[1]
  return [pull, named, bitbucket].filter((each) => each !== undefined)
}

interface Index {
  readonly emails: ReadonlyMap<string, Identity>
  readonly ids: ReadonlyMap<number, Identity>
  readonly logins: ReadonlyMap<string, Identity>
  readonly names: ReadonlyMap<string, Identity>
}

const index = indexOf(detectors)
const lineDetectors = detectors.filter((each) => each.kind === 'footer' || each.kind === 'text')
const trailerDetectors = detectors.filter((each) => each.kind === 'trailer')
const branchDetectors = detectors.filter((each): each is Branch => each.kind === 'branch')

function indexOf(all: readonly Detector[]): Index {
  const identities = all.filter((each): each is Identity => each.kind === 'identity')
  const pairs = <K>(keys: (identity: Identity) => readonly K[]) =>
    new Map(identities.flatMap((identity) => keys(identity).map((key) => [key, identity] as const)))
  return {
    emails: pairs((each) => each.emails ?? []),
    ids: pairs((each) => (each.accounts ?? []).flatMap(({ id }) => id ?? [])),
    logins: pairs((each) => (each.accounts ?? []).map(({ login }) => login.toLowerCase())),
    names: pairs((each) => each.names ?? []),
  }
}

function identityOf(person: { name: string; email: string }): Identity | undefined {
  const email = person.email.toLowerCase()
  const account = accountOf(email)
  return (
    index.names.get(person.name.toLowerCase()) ??
    index.emails.get(email) ??
    (account === undefined ? undefined : (index.logins.get(account.login) ?? index.ids.get(account.id)))
  )
}

function accountOf(email: string): { id: number; login: string } | undefined {
  const found = /^(?:(\d{1,15})\+)?([^@\s]{1,100})@users\.noreply\.github\.com$/.exec(email)
  return found === null ? undefined : { id: Number(found[1] ?? 0), login: found[2] ?? '' }
}

function isAutomation(person: { name: string; email: string }): boolean {
  const [name, email] = [person.name.toLowerCase(), person.email.toLowerCase()]
  if (automation.emails.includes(email) || automation.names.includes(name)) return true
  if (automation.accountIds.includes(accountOf(email)?.id ?? 0)) return true
  return automation.patterns.some((pattern) => pattern.test(email) || pattern.test(name))
}

function byIdentity(
  source: StatementSource,
  person: { name: string; email: string } | undefined,
): Statement | undefined {
  const identity = person === undefined ? undefined : identityOf(person)
  return identity === undefined ? undefined : state(source, 'declared', identity, '')
}

function byTrailer(key: string, value: string): Statement | undefined {
  const mark = trailerDetectors.find((each) => each.key === key && each.value.test(value))
  if (mark === undefined) return undefined
  const person = mark.tool === '' ? readPerson(value) : undefined
  // A trailer that names a person thanks a person, whatever the person is called.
  if (person !== undefined) return byIdentity(mark.source, person)
  return state(mark.source, 'declared', mark, value)
}

function byLine(line: string): Statement | undefined {
  const mark = lineDetectors.find((each) => each.line.test(line))
  if (mark === undefined) return undefined
  return mark.kind === 'footer' ? state('footer', 'declared', mark, line) : state('text', 'hinted', mark, line)
}

function byBranch(branch: string): Statement | undefined {
  const mark = branchDetectors.find((each) => branch.startsWith(each.prefix))
  return mark === undefined ? undefined : state('branch-name', 'hinted', mark, branch)
}

function state(
  source: StatementSource,
  grade: Statement['grade'],
  mark: Detector,
  text: string,
): Statement | undefined {
  if (mark.tool !== '') return { source, detector: mark.id, grade, tool: mark.tool, vendor: mark.vendor }
  const named = toolNames.find(([pattern]) => pattern.test(text))
  return named === undefined ? undefined : { source, detector: mark.id, grade, tool: named[1], vendor: named[2] }
}
