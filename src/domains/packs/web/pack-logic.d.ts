import type { Logic } from './page.ts'

/** A key set, which is only handed on. */
export type Keys = { readonly schema: string }
export const pageLogic: Logic<Keys>
