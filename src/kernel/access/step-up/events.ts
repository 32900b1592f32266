import { z } from 'zod'
import { type AuditEvent, defineEvent } from '#kernel/ledger'
import type { ApprovalProof } from './proof/index.ts'

const base64url = (max: number) =>
  z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/)
    .max(max)

const ApprovalGiven = defineEvent(
  'approval.given',
  z.object({
    /** SHA-256 of its RFC 8785 bytes is the challenge that was signed. */
    preimage: z.object({
      v: z.literal(1),
      purpose: z.literal('approval'),
      subject: z.object({
        type: z.string(),
        id: z.string(),
        digest: z.string(),
        decision: z.enum(['approve', 'reject']),
      }),
      userId: z.string(),
      nonce: z.string(),
    }),
    clientDataJSON: base64url(8192),
    authenticatorData: base64url(8192),
    signature: base64url(2048),
    /** COSE key of the passkey. */
    publicKey: base64url(4096),
    rpId: z.string(),
    origin: z.string(),
  }),
  {
    description:
      'somebody approved or rejected exactly what `subject` names, by an assertion of their passkey; with `publicKey` anyone can verify it offline',
  },
)

export const stepUpEvents = [ApprovalGiven]

export function approvalGiven(approvalId: string, passkeyId: string, proof: ApprovalProof): AuditEvent {
  const { subject, userId } = proof.preimage
  return ApprovalGiven({
    targets: [
      { type: subject.type, id: subject.id },
      { type: 'approval', id: approvalId },
      { type: 'passkey', id: passkeyId },
    ],
    inputHash: subject.digest,
    review: { status: subject.decision === 'approve' ? 'approved' : 'changes_requested', reviewer: userId },
    data: proof,
  })
}
