import { oneLine } from '#console'

/** What to call somebody: the name for display, the user name, the role of whom no directory brought. */
export function nameOfPerson(person: {
  readonly displayName: string | null
  readonly userName: string | null
  readonly role: string
}): string {
  return oneLine(person.displayName ?? person.userName ?? `the ${person.role} of this installation`)
}
