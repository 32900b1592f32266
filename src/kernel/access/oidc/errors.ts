import { defineError } from '#platform/errors.ts'
import { LogoutTokenRefused, SignInRefused } from './refusals.ts'

export const IssuerNotFound = defineError<{ issuerId: string }>(
  'issuer_not_found',
  404,
  ({ issuerId }) => `identity provider \`${issuerId}\` does not exist`,
)
export const IssuerTaken = defineError<{ issuer: string }>(
  'issuer_taken',
  409,
  ({ issuer }) => `there is an identity provider for \`${issuer}\` already`,
  'change or remove that one',
)
export const IssuerAddress = defineError<object>(
  'issuer_address_invalid',
  400,
  () => 'an issuer is an https address without query, fragment, name or password',
  'give it exactly as the provider writes it, which is `issuer` in its `/.well-known/openid-configuration`',
)
export const IssuerLimit = defineError<{ max: number }>(
  'issuer_limit',
  409,
  ({ max }) => `there are ${max} identity providers, which is the most`,
  'remove one that is not used',
)
export const SignInAddress = defineError<{ host: string }>(
  'sign_in_address_unusable',
  409,
  ({ host }) => `an identity provider cannot send people back to \`${host}\``,
  'set `publicUrl` to the name that people use, with https; on one machine open `http://localhost` with the port',
)
export const UserNotFound = defineError<{ userId: string }>(
  'user_not_found',
  404,
  ({ userId }) => `user \`${userId}\` does not exist`,
)

export const oidcErrors = [
  IssuerNotFound,
  IssuerTaken,
  IssuerAddress,
  IssuerLimit,
  SignInAddress,
  UserNotFound,
  SignInRefused,
  LogoutTokenRefused,
]
