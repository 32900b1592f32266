/** What a sealed value is about; each compartment of a record has a salt and a key of its own and is erased on its own. */
export type Compartment = 'identity' | 'content' | 'text'

/**
 * A value that must not stand in a record: the record gets a commitment to it, the value goes to the payload store,
 * encrypted under a key whose deletion erases it.
 */
export interface Sealed {
  readonly [mark]: true
  readonly compartment: Compartment
  /** Named in the commitment, so that a value committed as one field never passes as another. */
  readonly field: string
  readonly value: string | Uint8Array
  /** Whose personal data it is: an id whose keys are erased together; empty when it is nobody's. */
  readonly subject: string
  /** Sealed values are never shown by accident. */
  readonly toJSON: () => string
}

const mark = Symbol('sealed')

/** Wraps values for `data`, `justification`, `inputHash` or `outputHash` of an event. */
export const sealed = {
  /** Free text that a person wrote: titles, reasons, comments. Searchable while its key lives. */
  text: (field: string, value: string, subject = '') => wrap('text', field, value, subject),
  /** Who somebody is: e-mail, name, enterprise id, IP address. Give the person's id as `subject` to erase by person. */
  identity: (field: string, value: string, subject = '') => wrap('identity', field, value, subject),
  /** Prompts, outputs, files. */
  content: (field: string, value: string | Uint8Array, subject = '') => wrap('content', field, value, subject),
}

export function isSealed(value: unknown): value is Sealed {
  return typeof value === 'object' && value !== null && mark in value
}

/** `T` as an event may state it: every string may be sealed instead, and the record then holds its commitment. */
export type Sealable<T> = T extends string
  ? T | Sealed
  : T extends readonly (infer E)[]
    ? readonly Sealable<E>[]
    : T extends object
      ? { readonly [K in keyof T]: Sealable<T[K]> }
      : T

function wrap(compartment: Compartment, field: string, value: string | Uint8Array, subject: string): Sealed {
  return { [mark]: true, compartment, field, value, subject, toJSON: () => '[sealed]' }
}
