import type { Reply } from '#client'

export type LiveClause = Reply<'GET /v1/charter'>['clauses'][number]
export type Clause = Omit<LiveClause, 'rules' | 'figures'>

/** Kinds of clauses in the order of the document, with the words for them. */
export const clauseKinds = [
  ['principle', 'Principles', 'principle'],
  ['prohibited', 'Prohibited activities', 'prohibited activity'],
  ['mandatory', 'Mandatory controls', 'mandatory control'],
] as const
