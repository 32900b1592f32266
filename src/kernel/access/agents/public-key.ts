import { createPublicKey } from 'node:crypto'
import { z } from 'zod'

const member = z.string().regex(/^[A-Za-z0-9_-]{1,1400}$/)

/** Only what is public: a key that comes with its private part is refused, for it is no secret of the agent's any more. */
const shapes = z.discriminatedUnion('kty', [
  z.strictObject({ kty: z.literal('EC'), crv: z.enum(['P-256', 'P-384', 'P-521']), x: member, y: member }),
  z.strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: member }),
  z.strictObject({ kty: z.literal('RSA'), n: member, e: z.string().regex(/^[A-Za-z0-9_-]{1,8}$/) }),
])

/** A public key as JWK (RFC 7517): `kty` with its members and no others. */
export const AgentKeyJwk = shapes
  .refine(isUsable, { error: 'must be a public key: EC P-256, P-384 or P-521, Ed25519, or RSA of 2048 bits or more' })
  .meta({ id: 'AgentKeyJwk' })
export type AgentKeyJwk = z.infer<typeof AgentKeyJwk>

function isUsable(jwk: z.infer<typeof shapes>): boolean {
  try {
    const { asymmetricKeyDetails } = createPublicKey({ key: { ...jwk }, format: 'jwk' })
    return jwk.kty !== 'RSA' || (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048
  } catch {
    return false
  }
}
