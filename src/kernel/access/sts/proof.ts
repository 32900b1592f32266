import type { Pipeline } from './ci-claims.ts'
import { OauthGrantInvalid } from './errors.ts'

/** What may be traded for a token. */
export const proofKinds = [
  'agent-key',
  'agent-assertion',
  'api-token',
  'session',
  'exchanged',
  'id-token',
  'access-token',
  'pipeline',
] as const
export type ProofKind = (typeof proofKinds)[number]

/** Why nothing was given for a proof, with what whoever showed it should hear. The codes are stable: they stand in records. */
const sentences = {
  token_unknown: 'the token is none of ours that is alive',
  token_kind: 'a token of this kind is not traded',
  token_malformed: 'the token is malformed',
  token_algorithm: 'the token is not signed in a way that counts here',
  token_signature: 'the signature of the token does not verify',
  token_type: 'the token is of another type than it was said to be',
  token_issuer: 'nobody here trusts the issuer of the token',
  token_audience: 'the token is for another audience',
  token_expired: 'the token is too old',
  token_issued_at: 'the token is from the future, or does not say when it was made',
  token_subject: 'the token does not say whose it is',
  token_id: 'the token has no id, so that it could be used twice',
  token_replayed: 'the token was used already; get a new one',
  issuer_unreachable: 'the issuer of the token does not answer, or not as it should',
  person_unknown: 'nobody here goes by this account',
  pipeline_untrusted: 'no trust fits the repository, ref, workflow and environment of the token',
  pipeline_other:
    'the repository of the token has the name of the trusted one, and is another: trust it anew if that is right',
  pipeline_ambiguous: 'several trusts fit the token: name one by `client_id`',
  may_not_act: 'somebody on whom the token would depend may not act',
  certificate: 'the token counts only with the client certificate that it was made with',
  actor_unfit: 'the actor token must be of an agent that acts for itself',
  actor_twice: 'the same agent would stand in the chain twice',
  chain_too_deep: 'at most three may act one for another',
  assertion_unfit: 'the assertion is not of this agent and for this server',
} as const

export type StsReason = keyof typeof sentences
export const stsReasons = Object.keys(sentences) as [StsReason, ...StsReason[]]

/** A proof that is not believed. Becomes a record, and an `invalid_grant` or `invalid_client`. */
export class ProofRefused extends Error {
  readonly reason: StsReason

  constructor(reason: StsReason, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause })
    this.name = 'ProofRefused'
    this.reason = reason
  }
}

export function sentenceOf(reason: StsReason): string {
  return sentences[reason]
}

export function grantRefused(refused: ProofRefused) {
  return OauthGrantInvalid({ detail: sentenceOf(refused.reason) }, refused)
}

/** Who stands behind a proof, once it was believed. */
export interface Proof {
  readonly kind: ProofKind
  readonly subjectId: string
  /** Who acts for the subject, the nearest first; empty when the subject acts. */
  readonly actors: readonly string[]
  /** What may be done by it now. */
  readonly scopes: readonly string[]
  /** Tokens of ours with which what is made of it ends. */
  readonly ancestors: readonly string[]
  /** Until when it counts itself, where what is made of it may not outlive it. */
  readonly expiresAtMs: number | null
  readonly task: string | null
  /** Null where no agent acts. */
  readonly tools: readonly string[] | null
  readonly certificateHash: string | null
  readonly pipeline: Pipeline | null
  /** Hash and end of what must not be used twice. */
  readonly once: { readonly hash: Buffer; readonly expiresAtMs: number } | null
  /** The provider that named the person, so that it can end what was made. */
  readonly provider: { readonly issuerId: string; readonly subject: string; readonly sid: string | null } | null
}

export const nothingMore = {
  actors: [],
  ancestors: [],
  expiresAtMs: null,
  task: null,
  tools: null,
  certificateHash: null,
  pipeline: null,
  once: null,
  provider: null,
} as const satisfies Partial<Proof>

/** Whoever acts by it. */
export function principalOf({ subjectId, actors }: Pick<Proof, 'subjectId' | 'actors'>): string {
  return actors[0] ?? subjectId
}
