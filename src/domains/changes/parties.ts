import { classify } from './attribution/detect.ts'
import { type Message, readPerson } from './message.ts'
import type { Identity, Parties, PullRequest } from './model.ts'
import { clean } from './repository/commit.ts'

const reviewerKeys = ['reviewed-by', 'acked-by', 'approved-by', 'tested-by', 'reviewed-on-behalf-of']

/** Upper-case words with a number that look like a ticket and are a standard, a cipher, an advisory or an encoding. */
const notTickets =
  /^(UTF|SHA|MD|RFC|ISO|CVE|CWE|GHSA|IEEE|PEP|EIP|BIP|AES|RSA|HMAC|TLS|SSL|HTTP|HTTPS|IPV|COVID|WIN|X|ED|CP|BASE|UCS|ASCII|GPT|CLAUDE|LLAMA|QWEN|GLM|ES|ECMA|ARM|MIPS|S|SPDX|RC|ALPHA|BETA|V|PR|MR|OPENSSL|JDK|JSR|PKCS|FIPS|NIST|SOC|KB|UUID|ED25519|P|PY|CPU|GPU|AMD|INTEL|A|B|C|H|T|Z)$/

/** Who and what the messages of one change name; `messages` oldest first, the last one is the head's. */
export function readParties(messages: readonly Message[]): Parties {
  const head = messages.at(-1)
  const pullRequest = head === undefined ? undefined : pullRequestOf(head)
  const people = (keys: readonly string[]) => peopleOf(messages, keys)
  const tickets = unique(messages.flatMap(ticketsOf))
  const justification = justificationOf(messages, tickets)
  const reviewers = people(reviewerKeys)
  const cited = unique(messages.flatMap(decisionsOf)).slice(0, citedMax)
  return {
    ...(pullRequest === undefined ? {} : { pullRequest }),
    coAuthors: people(['co-authored-by', 'co-developed-by']),
    reviewers,
    signedOffBy: people(['signed-off-by']),
    reverts: unique(messages.flatMap((message) => oidsAfter(message, /^This reverts commit ([0-9a-f]{7,64})\b/))),
    cherryPickedFrom: unique(
      messages.flatMap((message) => oidsAfter(message, /^\(cherry picked from commit ([0-9a-f]{7,64})\)/)),
    ),
    tickets,
    ...(cited.length === 0 ? {} : { architectureDecisions: cited }),
    ...(justification === undefined ? {} : { justification }),
    na: {
      ...(pullRequest === undefined ? { pullRequest: 'no_pull_request_named' } : {}),
      ...(reviewers.length === 0 ? { reviewers: 'no_reviewer_named' } : {}),
      ...(tickets.length === 0 ? { tickets: 'no_ticket_named' } : {}),
      ...(justification === undefined ? { justification: 'no_ticket_or_template' } : {}),
    },
  }
}

/** The pull or merge request that a message says it brings; the number at the very end of a subject is its own. */
export function pullRequestOf(message: Message): PullRequest | undefined {
  return fromSubject(message.subject) ?? fromBody(message)
}

function fromSubject(subject: string): PullRequest | undefined {
  const merge = /^Merge pull request #(\d{1,9})\b/.exec(subject)?.[1]
  if (merge !== undefined) return request('github', merge)
  const azure = /^Merged PR (\d{1,9}):/.exec(subject)?.[1]
  if (azure !== undefined) return request('azure', azure)
  const bitbucket = /\(pull request #(\d{1,9})\)$/.exec(subject)?.[1]
  if (bitbucket !== undefined) return request('bitbucket', bitbucket)
  const squash = /\(#(\d{1,9})\)\s*$/.exec(subject)?.[1]
  return squash === undefined ? undefined : request('github', squash)
}

function fromBody(message: Message): PullRequest | undefined {
  for (const line of message.lines) {
    const gitlab = /^See merge request ([\w./-]{0,255})!(\d{1,9})$/.exec(line)
    if (gitlab !== null) return request('gitlab', gitlab[2] ?? '', gitlab[1])
    const named =
      /^(?:PR-URL|Pull-Request|Pull Request resolved|Reviewed-on): ?https:\/\/[\w.-]+\/([\w.-]+\/[\w.-]+)\/(?:pull|pulls)\/(\d{1,9})\/?$/.exec(
        line,
      )
    if (named !== null) return request('github', named[2] ?? '', named[1])
  }
  return undefined
}

function request(system: string, number: string, project?: string): PullRequest | undefined {
  if (Number(number) < 1) return undefined
  return { system, number: Number(number), ...(project === undefined || project === '' ? {} : { project }) }
}

function peopleOf(messages: readonly Message[], keys: readonly string[]): Identity[] {
  const found = new Map<string, Identity>()
  for (const { trailers } of messages) {
    for (const { key, value } of trailers) {
      const person = keys.includes(key) ? readPerson(value) : undefined
      if (person !== undefined && found.size < 200) found.set(person.email.toLowerCase(), toIdentity(person))
    }
  }
  return [...found.values()]
}

/** An identity of the model; absent parts are left out. */
export function toIdentity(person: { name: string; email: string }): Identity {
  const { name, email, kind, tool } = classify(person)
  return { name, email, kind, ...(tool === undefined ? {} : { tool }) }
}

/** Most decisions that one change may cite. */
const citedMax = 20

/** What trailers `AI-Decision: adr_…` name. */
function decisionsOf({ trailers }: Message): string[] {
  return trailers
    .filter((one) => one.key === 'ai-decision')
    .flatMap((one) => one.value.split(/[\s,]+/, citedMax))
    .filter((id) => /^adr_[A-Za-z0-9_-]{20}$/.test(id))
}

function ticketsOf(message: Message): string[] {
  const tickets: string[] = []
  for (const found of message.subject.matchAll(/(?<![\w/-])([A-Z][A-Z0-9]{0,9})-(\d{1,6})(?![\w-])/g)) {
    if (!notTickets.test(found[1] ?? '')) tickets.push(found[0])
  }
  for (const line of message.lines) tickets.push(...closedBy(line))
  return tickets
}

function closedBy(line: string): string[] {
  const found = line.matchAll(
    /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?|refs?|relates to):? +((?:[\w.-]{1,100}\/[\w.-]{1,100})?#\d{1,9}|[A-Z][A-Z0-9]{1,9}-\d{1,6})\b/gi,
  )
  return [...found]
    .map((each) => each[1] ?? '')
    .filter((ticket) => ticket.includes('#') || (/^[A-Z]/.test(ticket) && !notTickets.test(ticket.split('-')[0] ?? '')))
}

function justificationOf(messages: readonly Message[], tickets: readonly string[]): Parties['justification'] {
  for (const message of messages.toReversed()) {
    const stated = message.lines
      .map(
        (line) =>
          /^(?:#{1,4} *)?(?:business )?(?:justification|reason|why|motivation):\s*(\S.{3,500})$/i.exec(line)?.[1],
      )
      .find((each) => each !== undefined)
    if (stated !== undefined) return { text: clean(stated), from: 'template' }
  }
  return tickets.length === 0 ? undefined : { text: tickets.slice(0, 10).join(', '), from: 'ticket' }
}

function oidsAfter(message: Message, pattern: RegExp): string[] {
  return message.lines.flatMap((line) => pattern.exec(line)?.[1] ?? [])
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].slice(0, 100)
}
