export const undelegated = { onBehalfOf: null, certificateHash: null } as const

/** Whom whoever holds a token acts for: as it was delegated, else who answers for the agent whose key it is. */
export function delegationOf(row: {
  readonly parties: string[] | null
  readonly on_behalf_of: string | null
  readonly sponsor_user_id: string | null
  readonly certificate_hash: string | null
}): { onBehalfOf: string | null; certificateHash: string | null } {
  const onBehalfOf = row.parties === null ? row.sponsor_user_id : row.on_behalf_of
  return { onBehalfOf, certificateHash: row.certificate_hash }
}

export function isPerson(userId: string): boolean {
  return userId.startsWith('usr_')
}
