import { clean } from '../repository/commit.ts'

interface Person {
  readonly name: string
  readonly email: string
}

/** Gives a person the name and address that the repository's `.mailmap` (gitmailmap(5)) prefers. */
export type Mailmap = <P extends Person>(person: P) => P

/** Most lines of a mailmap that are used. */
const mailmapLinesMax = 20_000

export function readMailmap(text: string): Mailmap {
  const entries = new Map<string, Partial<Person>>()
  for (const line of text.split('\n', mailmapLinesMax)) {
    const entry = readLine(line)
    if (entry !== undefined) entries.set(entry.key, entry.preferred)
  }
  return (person) => {
    const preferred = entries.get(keyOf(person.name, person.email)) ?? entries.get(keyOf('', person.email))
    return preferred === undefined ? person : { ...person, ...preferred }
  }
}

// "Proper Name <proper@email> Commit Name <commit@email>"; every part but one address may be missing.
function readLine(line: string): { key: string; preferred: Partial<Person> } | undefined {
  const found = /^\s*([^#<>][^<>]*)?<([^<>\s]{1,320})>\s*(?:([^<>]*)<([^<>\s]{1,320})>)?/.exec(line)
  if (found === null) return undefined
  const [, name = '', email = '', oldName = '', oldEmail] = found
  const preferredName = clean(name)
  return {
    key: keyOf(oldEmail === undefined ? '' : oldName, oldEmail ?? email),
    preferred: {
      ...(preferredName === '' ? {} : { name: preferredName }),
      ...(oldEmail === undefined ? {} : { email: clean(email) }),
    },
  }
}

function keyOf(name: string, email: string): string {
  return `${name.trim().toLowerCase()}\0${email.toLowerCase()}`
}
