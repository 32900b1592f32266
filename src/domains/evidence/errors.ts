import { defineError } from '#platform/errors.ts'

export const EvidenceUnreadable = defineError<{ reason: string }>(
  'evidence_unreadable',
  422,
  ({ reason }) => `the report cannot be read: ${reason}`,
  'send the file as the tool wrote it, unpacked',
)

export const EvidenceFormatUnknown = defineError<object>(
  'evidence_format_unknown',
  422,
  () => 'the report is of no format that is known here',
  'name its format with `--format` or `format=`; `countersign evidence formats` lists them',
)

export const EvidenceTooLarge = defineError<{ what: string; max: number }>(
  'evidence_too_large',
  413,
  ({ what, max }) => `the report is too large: more than ${max} ${what}`,
  'split it, or leave out what is not about this commit',
)

export const EvidenceTooSlow = defineError<{ seconds: number }>(
  'evidence_too_slow',
  422,
  ({ seconds }) => `reading the report took more memory than it may, or longer than ${seconds} s, and was ended`,
  'split the report',
)

export const EvidenceHoldsSecret = defineError<object>(
  'evidence_holds_secret',
  422,
  () => 'the signed statement holds what looks like a secret; taking it out would break the signature',
  'make the statement again without the secret, and replace that secret: it has left its place',
)

export const EvidenceSignatureWrong = defineError<{ reason: string }>(
  'evidence_signature_wrong',
  422,
  ({ reason }) => `the statement is not signed as the trust root demands: ${reason}`,
  'check that trust root, identity and issuer are those of the one who signs',
)

export const EvidenceFileUnreadable = defineError<{ path: string }>(
  'evidence_file_unreadable',
  422,
  ({ path }) => `there is no report at \`${path}\` that can be read`,
  'name a plain file that this user may read',
)

export const EvidenceSpeaksOfOther = defineError<{ subject: string; stated: readonly string[] }>(
  'evidence_speaks_of_other',
  409,
  ({ subject, stated }) => `the report speaks of \`${stated.slice(0, 3).join('`, `')}\`, not of \`${subject}\``,
  'attach it to the commit or artifact that it is about',
)

export const EvidenceNotFound = defineError<{ evidenceId: string }>(
  'evidence_not_found',
  404,
  ({ evidenceId }) => `evidence \`${evidenceId}\` does not exist`,
  'list the evidence with `GET /v1/evidence`',
)

export const EvidenceErased = defineError<{ evidenceId: string }>(
  'evidence_erased',
  410,
  ({ evidenceId }) => `the content of evidence \`${evidenceId}\` was erased; its record stands in the ledger`,
)

/** What reading alone may answer; the thread that reads names one of these by its code. */
export const readingErrors = [
  EvidenceUnreadable,
  EvidenceFormatUnknown,
  EvidenceTooLarge,
  EvidenceTooSlow,
  EvidenceHoldsSecret,
  EvidenceSignatureWrong,
]

export const TrustRootWrong = defineError<{ reason: string }>(
  'trust_root_wrong',
  422,
  ({ reason }) => `the trust root cannot be used: ${reason}`,
  'give a public key in PEM, or a `trusted_root.json` with the identity and issuer of the signer',
)

export const TrustRootNotFound = defineError<{ trustRootId: string }>(
  'trust_root_not_found',
  404,
  ({ trustRootId }) => `trust root \`${trustRootId}\` does not exist`,
  'list them with `GET /v1/trust-roots`',
)
