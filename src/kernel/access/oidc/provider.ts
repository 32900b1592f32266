import { createLocalJWKSet, errors, type JWTHeaderParameters, type JWTVerifyGetKey } from 'jose'
import {
  allowInsecureRequests,
  type ClientAuth,
  Configuration,
  clockTolerance,
  type ServerMetadata,
} from 'openid-client'
import { z } from 'zod'
import type { Clock } from '#platform/clock.ts'
import { askForJson, isProviderAddress, ProviderFault } from './provider-fetch.ts'

const address = z.string().max(2000)

/** What we read of a provider's discovery document (OpenID Connect Discovery 1.0 section 3). */
const Metadata = z.object({
  issuer: address,
  authorization_endpoint: address,
  token_endpoint: address,
  jwks_uri: address,
  end_session_endpoint: address.optional(),
  token_endpoint_auth_methods_supported: z.array(z.string().max(100)).max(50).optional(),
  id_token_signing_alg_values_supported: z.array(z.string().max(100)).max(50).optional(),
  authorization_response_iss_parameter_supported: z.boolean().optional(),
})
export type Metadata = z.infer<typeof Metadata>

/** Of whoever only signs, as pipelines do: no sign-in is offered there. */
const SignerMetadata = Metadata.pick({ issuer: true, jwks_uri: true })

/** The library's view of a provider: what we read and checked, and nothing else that the document says. */
export function libraryConfiguration(
  metadata: Metadata,
  clientId: string,
  allowsLoopback: boolean,
  authentication?: ClientAuth,
): Configuration {
  const known = Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== undefined))
  const config = new Configuration(known as ServerMetadata, clientId, { [clockTolerance]: 60 }, authentication)
  if (allowsLoopback) allowInsecureRequests(config)
  return config
}

const Keys = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) })

/** A provider as it describes itself now. */
export interface Provider {
  readonly metadata: Metadata
  /** The key that signed a token, for `jwtVerify`; asks for the keys again when the provider seems to have new ones. */
  readonly keyOf: JWTVerifyGetKey
}

/** The keys of whoever signs tokens, who may offer no sign-in. */
export interface Signer {
  readonly issuer: string
  readonly keyOf: JWTVerifyGetKey
}

export interface Providers {
  /** Only whose keys they are, from the same discovery document. @throws ProviderFault */
  signer(issuer: string): Promise<Signer>
  /** @throws ProviderFault */
  find(issuer: string): Promise<Provider>
  /** The same, asked now, with its keys. @throws ProviderFault */
  ask(issuer: string): Promise<{ readonly metadata: Metadata; readonly keys: number }>
}

const freshMs = 10 * 60_000
/** A provider that is down is not asked by everybody who tries. */
const faultMs = 3000
/** Whoever sends tokens with unknown keys does not make us ask more often. */
const keysAgainMs = 5000

interface Remembered<T> {
  readonly at: number
  readonly answer: Promise<T>
  fault?: boolean
}

/** Asks providers for what they say of themselves, and remembers it for ten minutes. */
export function createProviders(clock: Clock, allowsLoopback: boolean): Providers {
  const metadata = remembering(clock, (issuer) => askMetadata(issuer, Metadata, allowsLoopback))
  const signers = remembering(clock, (issuer) => askMetadata(issuer, SignerMetadata, allowsLoopback))
  const keys = remembering(clock, (uri) => askKeys(uri, allowsLoopback))
  return {
    signer: async (issuer) => {
      const found = await signers.get(issuer)
      return { issuer, keyOf: (header, token) => keyOf(keys, clock, found.jwks_uri, header, token) }
    },
    find: async (issuer) => {
      const found = await metadata.get(issuer)
      return { metadata: found, keyOf: (header, token) => keyOf(keys, clock, found.jwks_uri, header, token) }
    },
    ask: async (issuer) => {
      metadata.forget(issuer)
      const found = await metadata.get(issuer)
      keys.forget(found.jwks_uri)
      return { metadata: found, keys: (await keys.get(found.jwks_uri)).count }
    },
  }
}

type KeysMemory = ReturnType<typeof remembering<Awaited<ReturnType<typeof askKeys>>>>

async function keyOf(
  keys: KeysMemory,
  clock: Clock,
  uri: string,
  header: JWTHeaderParameters,
  token: Parameters<JWTVerifyGetKey>[1],
) {
  try {
    return await (await keys.get(uri)).keyOf(header, token)
  } catch (error) {
    if (!(error instanceof errors.JWKSNoMatchingKey) || clock() - (keys.askedAt(uri) ?? 0) < keysAgainMs) throw error
    keys.forget(uri)
    return (await keys.get(uri)).keyOf(header, token)
  }
}

function remembering<T>(clock: Clock, ask: (name: string) => Promise<T>) {
  const known = new Map<string, Remembered<T>>()
  return {
    get: (name: string): Promise<T> => {
      const before = known.get(name)
      if (before !== undefined && Math.abs(clock() - before.at) < (before.fault === true ? faultMs : freshMs))
        return before.answer
      if (known.size > 1000) known.clear()
      const asked: Remembered<T> = { at: clock(), answer: ask(name) }
      asked.answer.catch(() => {
        asked.fault = true
      })
      known.set(name, asked)
      return asked.answer
    },
    askedAt: (name: string) => known.get(name)?.at,
    forget: (name: string) => void known.delete(name),
  }
}

async function askMetadata<T extends { issuer: string; jwks_uri: string }>(
  issuer: string,
  schema: z.ZodType<T>,
  allowsLoopback: boolean,
): Promise<T> {
  const discovery = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const read = schema.safeParse(await askForJson(discovery, allowsLoopback))
  if (!read.success) {
    const member = read.error.issues[0]?.path.join('.') ?? ''
    throw new ProviderFault(`the discovery document lacks \`${member}\`, or has it in another shape`)
  }
  const found = read.data
  if (found.issuer !== issuer)
    throw new ProviderFault(`the discovery document names the issuer \`${found.issuer.slice(0, 200)}\`, not this one`)
  for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'end_session_endpoint'] as const) {
    const one: unknown = Reflect.get(found, name)
    if (typeof one === 'string' && !isProviderAddress(one, allowsLoopback))
      throw new ProviderFault(`\`${name}\` of the discovery document is no https address`)
  }
  return found
}

async function askKeys(uri: string, allowsLoopback: boolean) {
  const read = Keys.safeParse(await askForJson(uri, allowsLoopback))
  if (!read.success) throw new ProviderFault(`\`${uri.slice(0, 200)}\` answers no set of keys`)
  try {
    return { keyOf: createLocalJWKSet(read.data), count: read.data.keys.length }
  } catch (error) {
    throw new ProviderFault(`\`${uri.slice(0, 200)}\` answers no set of keys`, error)
  }
}
