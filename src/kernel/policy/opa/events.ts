import { z } from 'zod'
import { committed, defineEvent } from '#kernel/ledger'

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)

const settings = z.object({
  name: z.string().max(40),
  kind: z.enum(['opa-remote', 'opa-bundle']),
  gate: z.string(),
  mode: z.enum(['off', 'audit', 'warn', 'enforce']),
  category: z.string(),
  owner: z.string(),
  /** How many it is asked about; null for all there are. */
  repositories: z.int().nullable(),
  path: z.string().max(200),
  bundle: digest.nullable(),
  url: z.string().max(500).nullable(),
  hasToken: z.boolean(),
  timeoutMs: z.int(),
  expectedRevision: z.string().max(200).nullable(),
})
export type EngineSettings = z.infer<typeof settings>

export const BoundEngineAdded = defineEvent('policy-engine.added', settings, {
  description: 'an OPA was bound to a gate: what it says counts there as its mode says',
})
export const BoundEngineChanged = defineEvent(
  'policy-engine.changed',
  settings.extend({ changed: z.array(z.string().max(40)).max(20) }),
  { description: 'these settings of a bound OPA were changed; what holds now stands beside them' },
)
export const BoundEngineRemoved = defineEvent(
  'policy-engine.removed',
  z.object({ name: z.string().max(40), gate: z.string() }),
  { description: 'an OPA takes part in a gate no more' },
)
export const BundleAdded = defineEvent(
  'policy-bundle.added',
  z.object({ digest, revision: z.string().max(500), bytes: z.int() }),
  { description: 'a bundle of OPA was sent, loaded once to see that it can be, and kept' },
)
export const BundleRemoved = defineEvent('policy-bundle.removed', z.object({ digest }), {
  description: 'a bundle of OPA was removed; decisions that it took part in are not made again',
})
export const OpaDecided = defineEvent(
  'opa.decided',
  z.object({
    /** As the OPA that decided calls it. */
    decisionId: z.string().max(200),
    decidedAt: z.iso.datetime(),
    path: z.string().max(500).nullable(),
    /** Of its bundles, as far as there is room. */
    revisions: z.array(z.string().max(200)).max(8),
    /** Of the result: a boolean, or its member `allow`; null when it says neither. */
    isAllowed: z.boolean().nullable(),
    /** Commitments to what was asked and answered, which are not kept; null where the log has none, or erased it. */
    input: committed.nullable(),
    result: committed.nullable(),
    /** How many members of the input its owner erased or masked before it was sent. */
    hidden: z.int(),
  }),
  { description: 'an OPA told of a decision that it made elsewhere', operation: 'opa.decide' },
)

export const opaEvents = [
  BoundEngineAdded,
  BoundEngineChanged,
  BoundEngineRemoved,
  BundleAdded,
  BundleRemoved,
  OpaDecided,
]
