import { issueSignInLink } from '#kernel/access'
import type { Context } from '#kernel/ledger'
import { type Authenticator, createAuthenticator } from './authenticator.ts'
import type { TestProduct } from './harness.ts'

export const approverOrigin = 'http://localhost:7420'
const host = { host: 'localhost:7420' }

/** Somebody who is signed in and has a passkey. */
export interface Approver {
  readonly id: string
  readonly headers: Readonly<Record<string, string>>
  readonly authenticator: Authenticator
  /** As a handler would get it for a request of theirs. */
  context(): Promise<Context>
  /** What their browser asks for, and their authenticator answers. */
  answer(subject: Subject, bent?: Parameters<Authenticator['get']>[1]): Promise<Record<string, unknown>>
}

export interface Subject {
  readonly type: string
  readonly id: string
  readonly digest: string
  readonly decision: 'approve' | 'reject'
}

/** A person whom the directory brought; its names are used once. */
export async function addPerson(product: TestProduct, userName: string): Promise<string> {
  const headers = await product.asOwner()
  const payload = { userName }
  const made = await product.app.inject({ method: 'POST', url: '/scim/v2/Users', headers, payload })
  return made.json().id
}

/** Somebody who may do everything. */
export async function addOwner(product: TestProduct, userId: string): Promise<string> {
  const text = "insert into access_user (id, role, created_at) values ($1, 'owner', $2)"
  await product.database.pool.query(text, [userId, new Date(product.services.clock())])
  return userId
}

/** Gives somebody a role in the whole organisation, as two people would have approved it. */
export async function giveRole(product: TestProduct, userId: string, role: string): Promise<void> {
  const text =
    "insert into access_role_assignment (id, user_id, role, team_id, change_id, since) values ($1, $2, $3, null, 'rch_test', $4) on conflict do nothing"
  const since = new Date(product.services.clock())
  await product.database.pool.query(text, [`ras_${userId}_${role}`, userId, role, since])
}

/** Signs somebody in, in a session of its own, without a passkey. */
export async function signedInAs(product: TestProduct, userId: string): Promise<Record<string, string>> {
  const link = await issueSignInLink(product.services.db, product.services.service('test'), userId)
  const reply = await product.app.inject({ method: 'POST', url: '/v1/session', payload: { link } })
  return { ...host, authorization: `Bearer ${reply.json().token}` }
}

/** Signs somebody in, and registers their first passkey unless they have the one that is given. */
export async function approver(product: TestProduct, userId: string, passkey?: Authenticator): Promise<Approver> {
  const { app } = product
  const headers = await signedInAs(product, userId)
  const authenticator = passkey ?? createAuthenticator(approverOrigin)
  if (passkey === undefined) {
    const made = await registerPasskey(product, headers, authenticator)
    if (made.statusCode !== 201) throw new Error(`no passkey was made: ${made.body}`)
  }
  return {
    id: userId,
    headers,
    authenticator,
    context: async () => {
      const { items } = (await app.inject({ url: '/v1/sessions', headers })).json()
      const session = items.find((one: { isCurrent: boolean }) => one.isCurrent)
      const actor = { id: userId, kind: 'user' as const, role: 'member', onBehalfOf: null }
      return { ...product.services.service('test'), actor, sessionId: session.id }
    },
    answer: async (subject, bent) => {
      const asked = await app.inject({ method: 'POST', url: '/v1/step-up', headers, payload: subject })
      return authenticator.get(asked.json(), bent)
    },
  }
}

/** Registers a passkey in a session, which answers why not when it may not. */
export async function registerPasskey(
  { app }: TestProduct,
  headers: Readonly<Record<string, string>>,
  authenticator: Authenticator,
) {
  const asked = await app.inject({ url: '/v1/passkeys/registration', headers })
  if (asked.statusCode !== 200) return asked
  const payload = { name: 'key', response: authenticator.create(asked.json()) }
  return app.inject({ method: 'POST', url: '/v1/passkeys', headers, payload })
}
