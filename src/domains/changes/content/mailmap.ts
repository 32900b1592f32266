import { readPerson } from '../message.ts'

export interface Person {
  readonly name: string
  readonly email: string
}

/** Gives a person the name and address that the repository's `.mailmap` (gitmailmap(5)) prefers. */
export type Mailmap = <P extends Person>(person: P) => P

/** Most lines of a mailmap that are used. */
export const mailmapLinesMax = 20_000

export function readMailmap(text: string): Mailmap {
  const entries = new Map<string, { name: string | undefined; email: string | undefined }>()
  for (const line of text.split('\n', mailmapLinesMax)) {
    const found = /^\s*([^#<>][^<>]*)?<([^<>\s]{1,320})>\s*(?:([^<>]*)<([^<>\s]{1,320})>)?/.exec(line)
    if (found === null || line.trimStart().startsWith('#')) continue
    const [, name, email, oldName, oldEmail] = found
    const key = oldEmail === undefined ? keyOf('', email ?? '') : keyOf(oldName ?? '', oldEmail)
    entries.set(key, {
      name: name === undefined || name.trim() === '' ? undefined : readPerson(`${name}<x>`)?.name,
      email: oldEmail === undefined ? undefined : email,
    })
  }
  return (person) => {
    const entry = entries.get(keyOf(person.name, person.email)) ?? entries.get(keyOf('', person.email))
    if (entry === undefined) return person
    return { ...person, name: entry.name ?? person.name, email: entry.email ?? person.email }
  }
}

function keyOf(name: string, email: string): string {
  return `${name.trim().toLowerCase()}\0${email.toLowerCase()}`
}
