import { z } from 'zod'
import { type Context, route } from '#kernel/ledger'
import { CursorInvalid } from '#platform/http/errors.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import type { Route } from '#platform/http/route.ts'
import { PersonNotFound } from '../directory/errors.ts'
import { AccessDenied, SessionNeeded } from '../errors.ts'
import { type AccessOptions, callerOf } from '../routes.ts'
import {
  ApprovalRepeated,
  PasskeyNeeded,
  RevisionOther,
  SecondPersonRequired,
  StepUpRefused,
} from '../step-up/errors.ts'
import { Assertion } from '../webauthn.ts'
import { RecoveryClosed, RecoveryNotFound, RecoveryOpen } from './errors.ts'
import { listRecoveries } from './list.ts'
import { answerRecovery, openRecovery, readRecovery } from './recovery.ts'

const decision = z.enum(['approve', 'reject'])
const state = z.enum(['open', 'approved', 'rejected', 'expired'])

const Recovery = z
  .object({
    id: z.string(),
    personId: z.string(),
    openedBy: z.string(),
    openedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    /** What an approval is of: its subject has the type `recovery` and this id. */
    digest: z.string(),
    state,
    approvals: z.array(z.object({ userId: z.string(), decision, at: z.iso.datetime() })),
    names: z.record(z.string(), z.string()),
  })
  .meta({ id: 'Recovery' })

const RecoveryAnswer = Recovery.extend({
  /** Given once: the person signs in with the first half and the second behind it, within an hour of the second approval. */
  half: z.object({ position: z.enum(['first', 'second']), text: z.string() }).nullable(),
}).meta({ id: 'RecoveryAnswer' })

const ListedRecovery = Recovery.omit({ approvals: true, names: true })
  .extend({ personName: z.string().nullable(), openerName: z.string().nullable() })
  .meta({ id: 'ListedRecovery' })

const params = z.object({ id: z.string().max(100) })

/** A recovery as policies see it: in no team, so that a role held in one does not let others in. */
export function recoveryResource(personId: string) {
  return { team: null, attrs: { person: personId } }
}

export function recoveryRoutes({ db, authority }: AccessOptions): Route<Context>[] {
  const requireRecover = (ctx: Context, personId: string) =>
    authority.require(ctx, 'people:recover', { type: 'Recovery', id: personId, ...recoveryResource(personId) })
  const shared = { path: '/v1/people/{id}/recovery', permission: 'people:recover', params } as const
  return [
    listRoute({ db }),
    route({
      ...shared,
      method: 'POST',
      summary: 'asks that a person who has lost their passkeys may register a new one, which two others approve',
      reply: Recovery,
      status: 201,
      records: ['recovery.opened', 'access.denied'],
      errors: [AccessDenied, SessionNeeded, PersonNotFound, SecondPersonRequired, RecoveryOpen],
      handler: async (ctx, { params: { id } }) => {
        await requireRecover(ctx, id)
        return openRecovery(db, ctx, await callerOf(db, ctx), id)
      },
    }),
    route({
      ...shared,
      method: 'GET',
      summary: 'gives the newest recovery of a person, with who has answered',
      reply: Recovery,
      errors: [RecoveryNotFound],
      handler: (ctx, { params: { id } }) => readRecovery(db, ctx, id),
    }),
    route({
      ...shared,
      path: '/v1/people/{id}/recovery/approvals',
      method: 'POST',
      summary: 'approves or rejects a recovery by passkey; each of the two who approve gets half of a one-time link',
      body: z.strictObject({ decision, digest: z.string().max(100), assertion: Assertion }),
      reply: RecoveryAnswer,
      records: [
        'approval.given',
        'recovery.approved',
        'recovery.rejected',
        'passkey.removed',
        'session.ended',
        'token.revoked',
        'agent.token-ended',
        'agent.key-forgotten',
        'sign-in-link.issued',
        'access.denied',
      ],
      errors: [
        AccessDenied,
        SessionNeeded,
        RecoveryNotFound,
        RecoveryClosed,
        RevisionOther,
        StepUpRefused,
        PasskeyNeeded,
        ApprovalRepeated,
      ],
      handler: async (ctx, { params: { id }, body }) => {
        await requireRecover(ctx, id)
        const half = await answerRecovery(db, ctx, await callerOf(db, ctx), id, body)
        return { ...(await readRecovery(db, ctx, id)), half }
      },
    }),
  ]
}

function listRoute({ db }: Pick<AccessOptions, 'db'>): Route<Context> {
  return route({
    method: 'GET',
    path: '/v1/recoveries',
    permission: 'people:recover',
    summary: 'lists recoveries of people who have lost their passkeys, newest first',
    query: PageQuery.extend({ state: state.optional() }),
    reply: pageOf(ListedRecovery),
    errors: [CursorInvalid],
    handler: (ctx, { query }) => listRecoveries(db, ctx, query),
  })
}
