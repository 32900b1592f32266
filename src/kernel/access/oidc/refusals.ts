import { defineError } from '#platform/errors.ts'

/** Why nobody was signed in, with what the person should hear. The codes are stable: they stand in records. */
const sentences = {
  provider_unknown: ['there is no such identity provider here', 'go back to the sign-in page and choose one'],
  provider_inactive: ['this identity provider is switched off here', 'choose another way to sign in, or ask the owner'],
  provider_unreachable: [
    'the identity provider does not answer, or not as it should',
    'try again in a minute; meanwhile a passkey or sign-in link works; the owner sees more by `countersign issuer check`',
  ],
  provider_refused: [
    'the identity provider did not sign you in',
    'try again; if it goes on, ask whoever runs the provider to let you use this application',
  ],
  state_unknown: [
    'this sign-in was used already, took longer than ten minutes or never began here',
    'begin again from the sign-in page',
  ],
  browser_other: [
    'this sign-in was begun in another browser',
    'begin again from the sign-in page, and stay in one browser',
  ],
  issuer_mixed_up: [
    'the answer came from another identity provider than the one that was asked',
    'begin again; if it goes on, tell the owner, for somebody may be trying to deceive you',
  ],
  code_refused: ['the identity provider did not accept its own code', 'begin again from the sign-in page'],
  secret_unreadable: [
    'the secret of this identity provider can no longer be read here',
    'the owner gives it again, in the settings',
  ],
  token_missing: ['the identity provider sent no ID token', 'the owner allows the scope `openid` for this application'],
  token_malformed: ['the token of the identity provider is malformed', 'begin again; if it goes on, tell the owner'],
  token_algorithm: [
    'the token of the identity provider is not signed in a way that counts here',
    'the owner sets the provider to sign with RS256, PS256, ES256 or EdDSA',
  ],
  token_signature: [
    'the signature of the identity provider does not verify',
    'begin again; if it goes on, tell the owner',
  ],
  token_type: ['the identity provider sent a token of another kind', 'begin again; if it goes on, tell the owner'],
  token_issuer: ['the token is of another identity provider', 'begin again; if it goes on, tell the owner'],
  token_audience: [
    'the token of the identity provider is for another application',
    'the owner compares the client id here with the one at the provider',
  ],
  token_expired: [
    'the token of the identity provider is too old',
    'begin again; if it goes on, the owner compares the clocks of both servers',
  ],
  token_issued_at: [
    'the token of the identity provider is from the future',
    'begin again; if it goes on, the owner compares the clocks of both servers',
  ],
  token_nonce: ['the token of the identity provider is for another sign-in', 'begin again from the sign-in page'],
  token_subject: ['the token of the identity provider does not say who you are', 'tell the owner'],
  token_id: ['the token of the identity provider has no id', 'tell the owner'],
  token_replayed: ['this logout token was used already', 'send a new one'],
  authentication_too_old: [
    'the identity provider did not ask you for your password or key again',
    'begin again; if it goes on, the owner lets the provider tell when it did (`auth_time`)',
  ],
  person_unknown: [
    'nobody here goes by this account',
    'ask the owner to provision you, by your directory (SCIM) or `countersign issuer add-person`',
  ],
  person_disabled: ['this account was switched off here', 'ask whoever runs your directory'],
  person_taken: [
    'the person of this account is known here by another account already',
    'sign in with that one, or ask the owner',
  ],
} as const satisfies Readonly<Record<string, readonly [sentence: string, hint: string]>>

export type RefusalReason = keyof typeof sentences
export const refusalReasons = Object.keys(sentences) as [RefusalReason, ...RefusalReason[]]

/** A sign-in or logout of a provider that is not believed. Becomes a record and a page, or a problem. */
export class Refused extends Error {
  readonly reason: RefusalReason

  constructor(reason: RefusalReason, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause })
    this.name = 'Refused'
    this.reason = reason
  }
}

export function sentenceOf(reason: RefusalReason): string {
  return sentences[reason][0]
}

export function hintOf(reason: RefusalReason): string {
  return sentences[reason][1]
}

export const SignInRefused = defineError<{ reason: RefusalReason; sentence: string }>(
  'sign_in_refused',
  401,
  ({ sentence }) => sentence,
  'begin again from the sign-in page',
)
export const LogoutTokenRefused = defineError<{ reason: RefusalReason; sentence: string }>(
  'logout_token_refused',
  400,
  ({ sentence }) => sentence,
  'send a new logout token, signed by the provider for this application',
)
