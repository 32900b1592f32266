/** A person as some source names them: by the address in a commit, by an account of a forge, or by both. */
export interface Named {
  readonly email?: string | undefined
  readonly login?: string | undefined
}

/**
 * The people of one question. Two names are one person when they share an address or an account; ids are given in the
 * order of first appearance, so that the same question gives the same ids anywhere.
 */
export interface People {
  /** Links every name that stands for this person, and answers their id; undefined for a name without any handle. */
  idOf(person: Named): string | undefined
  /** Whether two people can be told apart: they share a kind of handle, and it differs. */
  areApart(a: string, b: string): boolean
}

interface Entry {
  readonly id: string
  readonly emails: Set<string>
  readonly logins: Set<string>
}

/** `links` are all names that the question will ask for: what joins two of them must be known before either gets an id. */
export function createPeople(links: readonly Named[]): People {
  const joined: Entry[] = []
  const numbered: string[] = []
  const absorb = (named: Named): Entry | undefined => {
    const { emails, logins } = handlesOf(named)
    if (emails.length + logins.length === 0) return undefined
    const hits = joined.filter((one) => emails.some((e) => one.emails.has(e)) || logins.some((l) => one.logins.has(l)))
    const entry = hits[0] ?? { id: `e${joined.length}`, emails: new Set(), logins: new Set() }
    if (hits.length === 0) joined.push(entry)
    for (const other of hits.slice(1)) merge(entry, other, joined)
    for (const email of emails) entry.emails.add(email)
    for (const login of logins) entry.logins.add(login)
    return entry
  }
  for (const link of links) absorb(link)
  const entryOf = (id: string) => joined.find((one) => one.id === numbered[Number(id.slice(1)) - 1])
  return {
    idOf(person) {
      const entry = absorb(person)
      if (entry === undefined) return undefined
      if (!numbered.includes(entry.id)) numbered.push(entry.id)
      return `p${numbered.indexOf(entry.id) + 1}`
    },
    areApart(a, b) {
      if (a === b) return false
      const [one, other] = [entryOf(a), entryOf(b)]
      if (one === undefined || other === undefined) return false
      return (one.emails.size > 0 && other.emails.size > 0) || (one.logins.size > 0 && other.logins.size > 0)
    },
  }
}

function merge(into: Entry, other: Entry, all: Entry[]): void {
  for (const email of other.emails) into.emails.add(email)
  for (const login of other.logins) into.logins.add(login)
  all.splice(all.indexOf(other), 1)
}

/** An address that a forge gives to hide the real one names the account. */
function handlesOf({ email, login }: Named): { emails: string[]; logins: string[] } {
  const address = email?.trim().toLowerCase()
  const account = /^(?:\d+\+)?([a-z0-9-]{1,39}(?:\[bot\])?)@users\.noreply\.github\.com$/.exec(address ?? '')?.[1]
  const logins = [login?.trim().toLowerCase(), account].filter((one) => one !== undefined && one !== '')
  // what only hides an account is no address to compare by
  const emails = address === undefined || address === '' || account !== undefined ? [] : [address]
  return { emails, logins: logins as string[] }
}
