import { defineError } from '#platform/errors.ts'

export const BoundEngineNotFound = defineError<{ engineId: string }>(
  'policy_engine_not_found',
  404,
  ({ engineId }) => `no policy engine \`${engineId}\` is bound`,
  'list them with `countersign policy-engine list`',
)
export const BoundEngineTaken = defineError<{ name: string }>(
  'policy_engine_taken',
  409,
  ({ name }) => `a policy engine \`${name}\` is bound already`,
  'take another name, or change or remove that one',
)
export const BoundEngineApprovalNeeded = defineError<{ engineId: string; digest: string }>(
  'policy_engine_approval_needed',
  409,
  ({ engineId, digest }) =>
    `\`${engineId}\` is enforced, so another person approves what could let more through: \`${digest}\``,
  'have somebody of security, or the owner, approve exactly this change by passkey: `POST /v1/policy-engines/{id}/approvals`; then ask again',
)
export const BoundEngineLimit = defineError<{ max: number }>(
  'policy_engine_limit',
  409,
  ({ max }) => `${max} policy engines are bound to this gate, which is the most`,
  'remove one that is not used',
)
export const BoundEngineAddress = defineError<object>(
  'policy_engine_address_invalid',
  400,
  () => 'the address of an OPA is https without name, password, query or fragment, or plain HTTP to this machine',
  'reach an OPA on another machine by https; one beside the server by `http://127.0.0.1:8181`',
)
export const BoundEngineSetting = defineError<{ setting: string; kind: string }>(
  'policy_engine_setting_invalid',
  400,
  ({ setting, kind }) => `\`${setting}\` is no setting of an engine of kind \`${kind}\``,
  'a bundle has a digest and an entrypoint; an OPA elsewhere has an address, a path, a token, a time and a revision',
)
export const BoundEngineTokenElsewhere = defineError<object>(
  'policy_engine_token_elsewhere',
  400,
  () => 'the token was given for the address that there was, and is not shown to another one',
  'send the `token` of the new address with it, or null where it asks for none',
)
export const BundleNotFound = defineError<{ digest: string }>(
  'policy_bundle_not_found',
  404,
  ({ digest }) => `there is no bundle \`${digest}\``,
  'send it with `POST /v1/policy-bundles`',
)
export const BundleRefused = defineError<{ reason: string }>(
  'policy_bundle_refused',
  422,
  ({ reason }) => `the bundle is not taken: ${reason}`,
  'build it with `opa build -t wasm -e countersign/gate/merge`, from policies that read nothing but `input` and `data`',
)
export const BundleInUse = defineError<{ digest: string; engine: string }>(
  'policy_bundle_in_use',
  409,
  ({ digest, engine }) => `the bundle \`${digest}\` is the one of \`${engine}\``,
  'give that engine another bundle, or remove it',
)
export const BundleLimit = defineError<{ max: number }>(
  'policy_bundle_limit',
  409,
  ({ max }) => `there are ${max} bundles, which is the most`,
  'remove one that is not used; decisions that it took part in are then not made again',
)
export const EntrypointMissing = defineError<{ path: string; entrypoints: string }>(
  'policy_bundle_entrypoint_missing',
  400,
  ({ path, entrypoints }) => `the bundle has no entrypoint \`${path}\`; it has ${entrypoints}`,
  'name one of those, or build the bundle with `-e` for the one that you need',
)
export const DecisionLogInvalid = defineError<{ reason: string }>(
  'opa_log_invalid',
  400,
  ({ reason }) => `that is no decision log of OPA: ${reason}`,
  'OPA sends gzipped JSON arrays; nothing of a body that is refused is recorded',
)

export const opaErrors = [
  BoundEngineNotFound,
  BoundEngineTaken,
  BoundEngineApprovalNeeded,
  BoundEngineLimit,
  BoundEngineAddress,
  BoundEngineSetting,
  BoundEngineTokenElsewhere,
  BundleNotFound,
  BundleRefused,
  BundleInUse,
  BundleLimit,
  EntrypointMissing,
  DecisionLogInvalid,
]
