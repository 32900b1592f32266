import { z } from 'zod'
import { type AuditEvent, committed, defineEvent, sealed } from '#kernel/ledger'
import { CiProvider, type NewCiTrust } from './ci-model.ts'
import { type ProofKind, proofKinds, type StsReason, stsReasons } from './proof.ts'

const CiTrustAdded = defineEvent(
  'ci-trust.added',
  z.object({
    name: committed,
    provider: CiProvider,
    issuer: z.string(),
    audience: z.string(),
    repository: z.string(),
    ref: z.string(),
    workflow: z.string(),
    environment: z.string().nullable(),
    scopes: z.array(z.string()),
    /** What the provider calls them for good; null where the first pipeline says it. Absent in older records. */
    providerRepositoryId: z.string().nullable().optional(),
    providerOwnerId: z.string().nullable().optional(),
  }),
  { description: 'pipelines of a repository may trade their own tokens for tokens of minutes with these permissions' },
)
const CiTrustRemoved = defineEvent(
  'ci-trust.removed',
  z.object({
    tokens: z.int(),
    /** Null where none was said. Absent in older records. */
    reason: committed.nullable().optional(),
  }),
  { description: 'pipelines get no tokens by this trust any more, and so many that they had ended' },
)
const CiTrustPinned = defineEvent(
  'ci-trust.pinned',
  z.object({ providerRepositoryId: z.string().nullable(), providerOwnerId: z.string().nullable() }),
  {
    description:
      'the first pipeline by a trust said what its provider calls the repository and its owner for good; another one of the same name is refused',
  },
)
const TokenExchanged = defineEvent(
  'token.exchanged',
  z.object({
    /** What proved who it is. */
    proof: z.enum(proofKinds),
    scopes: z.array(z.string()),
    audience: z.string(),
    expiresAt: z.iso.datetime(),
    /** Who acts for the subject, the nearest first. */
    actors: z.array(z.string()),
    task: committed.nullable(),
    tools: z.array(z.string()).nullable(),
    isBoundToCertificate: z.boolean(),
    /** What ran, for a pipeline: public names in its provider. */
    pipeline: z.object({ repository: z.string(), ref: z.string(), workflow: z.string() }).nullable(),
  }),
  { description: 'a proof of identity was traded for a token of minutes' },
)
const TokenExchangeRefused = defineEvent(
  'token-exchange.refused',
  z.object({ reason: z.enum(stsReasons), unrecorded: z.int() }),
  {
    description:
      'a proof of identity was not believed; `unrecorded` counts refusals before it that came too fast for records of their own',
  },
)

export const stsEvents = [CiTrustAdded, CiTrustPinned, CiTrustRemoved, TokenExchanged, TokenExchangeRefused]

export function ciTrustAdded(id: string, { name, ...trust }: NewCiTrust): AuditEvent {
  const data = { ...trust, scopes: [...trust.scopes], name: sealed.text('name', name) }
  return CiTrustAdded({ targets: [service(id)], data })
}

export function ciTrustPinned(
  id: string,
  providerRepositoryId: string | null,
  providerOwnerId: string | null,
): AuditEvent {
  return CiTrustPinned({ targets: [service(id)], data: { providerRepositoryId, providerOwnerId } })
}

export function ciTrustRemoved(id: string, tokens: number, reason: string | null): AuditEvent {
  const said = reason === null ? null : sealed.text('reason', reason)
  return CiTrustRemoved({ targets: [service(id)], data: { tokens, reason: said } })
}

export function tokenExchanged(issued: {
  readonly tokenId: string
  readonly subjectId: string
  readonly proof: ProofKind
  readonly scopes: readonly string[]
  readonly audience: string
  readonly expiresAt: string
  readonly actors: readonly string[]
  readonly task: string | null
  readonly tools: readonly string[] | null
  readonly certificateHash: string | null
  readonly pipeline: { readonly repository: string; readonly ref: string; readonly workflow: string } | null
}): AuditEvent {
  const { pipeline } = issued
  return TokenExchanged({
    targets: [{ type: 'token', id: issued.tokenId }, target(issued.subjectId)],
    data: {
      proof: issued.proof,
      scopes: [...issued.scopes],
      audience: issued.audience,
      expiresAt: issued.expiresAt,
      actors: [...issued.actors],
      task: issued.task === null ? null : sealed.text('task', issued.task),
      tools: issued.tools === null ? null : [...issued.tools],
      isBoundToCertificate: issued.certificateHash !== null,
      pipeline:
        pipeline === null ? null : { repository: pipeline.repository, ref: pipeline.ref, workflow: pipeline.workflow },
    },
  })
}

export function tokenExchangeRefused(reason: StsReason, unrecorded: number): AuditEvent {
  return TokenExchangeRefused({ targets: [], data: { reason, unrecorded } })
}

function service(id: string) {
  return { type: 'service', id }
}

function target(id: string) {
  return { type: id.startsWith('agt_') ? 'agent' : id.startsWith('svc_') ? 'service' : 'user', id }
}
