import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { type DecisionPoint, evaluateAll, search } from '../../src/kernel/policy/authzen/protocol.ts'
import {
  ActionSearch,
  type Decision,
  Evaluation,
  Evaluations,
  ResourceSearch,
  SubjectSearch,
} from '../../src/kernel/policy/authzen/shapes.ts'
import { createAuthorizer } from '../../src/kernel/policy/cedar/authorize.ts'
import type { CedarEntity, EntityRef } from '../../src/kernel/policy/model.ts'
import { policiesFrom } from '../../src/kernel/policy/testing/sample.ts'

/** The interoperability scenarios of the AuthZEN working group: its questions and answers, over policies of Cedar of ours. */
const cache = fileURLToPath(new URL('../../node_modules/.cache/conformance', import.meta.url))
const folder = [process.env['CONFORMANCE_DATA'], cache]
  .map((one) => join(one ?? '', 'authzen', 'interop'))
  .find((one) => existsSync(join(one, 'authzen-todo-backend')) && existsSync(join(one, 'authzen-search-demo')))
if (folder === undefined)
  process.stdout.write('NOT RUN: AuthZEN scenarios: nothing was fetched, and CONFORMANCE_DATA has none\n')

interface Case<T> {
  readonly request: unknown
  readonly expected: T
}

function read<T>(path: string): T {
  return JSON.parse(readFileSync(join(folder ?? '', path), 'utf8'))
}

/** A decision point over Cedar: entities as they are known here, joined by what the question says of its resource. */
async function pointOf(options: {
  readonly schema: string
  readonly policies: string
  readonly entities: readonly CedarEntity[]
  readonly actions: readonly string[]
  readonly types: Readonly<Record<string, string>>
}): Promise<DecisionPoint> {
  const authorizer = createAuthorizer()
  const loaded = authorizer.load(await policiesFrom(options.policies, options.schema))
  const refOf = ({ type, id }: { type: string; id: string }): EntityRef => ({ type: options.types[type] ?? type, id })
  const idsOf = (type: string, after: string, limit: number) =>
    options.entities
      .filter(({ uid }) => uid.type === options.types[type] && uid.id > after)
      .map(({ uid }) => uid.id)
      .sort()
      .slice(0, limit)
  return {
    evaluate: async ({ subject, action, resource }) => {
      const uid = refOf(resource)
      const known = options.entities.filter((one) => one.uid.type !== uid.type || one.uid.id !== uid.id)
      const own = options.entities.find((one) => one.uid.type === uid.type && one.uid.id === uid.id)
      const { decision } = authorizer.authorize(loaded, {
        principal: refOf(subject),
        action: `Action::"${action.name}"`,
        resource: uid,
        entities: [...known, { uid, attrs: { ...own?.attrs, ...resource.properties }, parents: [] }],
        context: {},
      })
      return { decision: decision === 'allow' }
    },
    subjects: async (type, after, limit) => idsOf(type, after, limit),
    resources: async (type, after, limit) => idsOf(type, after, limit),
    actions: async () => [...options.actions].sort(),
  }
}

describe.skipIf(folder === undefined)('the Todo scenario', () => {
  const users: readonly (readonly [digit: string, email: string, roles: readonly string[]])[] = [
    ['A', 'rick@the-citadel.com', ['admin', 'evil_genius']],
    ['E', 'morty@the-citadel.com', ['editor']],
    ['I', 'summer@the-smiths.com', ['editor']],
    ['M', 'beth@the-smiths.com', ['viewer']],
    ['Q', 'jerry@the-smiths.com', ['viewer']],
  ]
  const point = pointOf({
    types: { user: 'User', todo: 'Todo' },
    actions: [],
    schema: `entity User = { email?: String, roles?: Set<String> };
entity Todo = { ownerID?: String };
action "can_read_user" appliesTo { principal: [User], resource: [User], context: {} };
action "can_read_todos", "can_create_todo", "can_update_todo", "can_delete_todo" appliesTo { principal: [User], resource: [Todo], context: {} };`,
    policies: `@id("read") @title("All read")
permit (principal, action in [Action::"can_read_user", Action::"can_read_todos"], resource);
@id("create") @title("Who edits creates")
permit (principal, action == Action::"can_create_todo", resource)
when { principal has roles && principal.roles.containsAny(["editor", "admin", "evil_genius"]) };
@id("own") @title("Who edits changes their own")
permit (principal, action in [Action::"can_update_todo", Action::"can_delete_todo"], resource is Todo)
when { principal has roles && principal has email && resource has ownerID
  && principal.roles.containsAny(["editor", "admin", "evil_genius"]) && principal.email == resource.ownerID };
@id("delete") @title("Admins delete any")
permit (principal, action == Action::"can_delete_todo", resource) when { principal has roles && principal.roles.contains("admin") };
@id("update") @title("Evil geniuses change any")
permit (principal, action == Action::"can_update_todo", resource) when { principal has roles && principal.roles.contains("evil_genius") };`,
    entities: users.map(([digit, email, roles]) => ({
      uid: { type: 'User', id: `CiRmZD${digit}2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs` },
      attrs: { email, roles: [...roles] },
      parents: [],
    })),
  })

  test('has its 40 evaluations and 3 batches answered as expected', async () => {
    const file = read<{ evaluation: Case<boolean>[]; evaluations: Case<Decision[]>[] }>(
      'authzen-todo-backend/test/decisions-authorization-api-1_0-02.json',
    )
    expect([file.evaluation.length, file.evaluations.length]).toEqual([40, 3])
    const pdp = await point
    for (const { request, expected } of file.evaluation) {
      const { decision } = await pdp.evaluate(Evaluation.parse(request))
      expect({ request, decision }).toEqual({ request, decision: expected })
    }
    for (const { request, expected } of file.evaluations) {
      expect(await evaluateAll(pdp, Evaluations.parse(request))).toEqual({ evaluations: expected })
    }
  })
})

describe.skipIf(folder === undefined)('the search scenario', () => {
  interface Member {
    readonly id: string
    readonly role: string
    readonly department: string
  }
  interface Kept {
    readonly id: number
    readonly department: string
    readonly owner: string
  }
  const demo = 'authzen-search-demo'
  const point = async () =>
    pointOf({
      types: { user: 'User', record: 'Record' },
      actions: ['view', 'edit', 'delete'],
      schema: `entity User = { id: String, role: String, department: String };
entity Record = { owner: String, department: String };
action "view", "edit", "delete" appliesTo { principal: [User], resource: [Record], context: {} };`,
      policies: `@id("own") @title("What one owns") permit (principal, action, resource) when { resource.owner == principal.id };
@id("department") @title("What one's department has") permit (principal, action == Action::"view", resource)
when { resource.department == principal.department };
@id("manager-view") @title("Managers see all") permit (principal, action == Action::"view", resource) when { principal.role == "manager" };
@id("manager-edit") @title("Managers edit what their department has") permit (principal, action == Action::"edit", resource)
when { principal.role == "manager" && resource.department == principal.department };`,
      entities: [
        ...read<Member[]>(`${demo}/data/users.json`).map(({ id, role, department }) => ({
          uid: { type: 'User', id },
          attrs: { id, role, department },
          parents: [],
        })),
        ...read<Kept[]>(`${demo}/data/records.json`).map(({ id, owner, department }) => ({
          uid: { type: 'Record', id: String(id) },
          attrs: { owner, department },
          parents: [],
        })),
      ],
    })
  const cases = <T>(what: string) =>
    read<{ evaluation: Case<{ results: T[] }>[] }>(`${demo}/test-harness/src/${what}/results.json`).evaluation
  /** All pages, three at a time. */
  async function all(ask: (token: string | undefined) => ReturnType<typeof search>): Promise<string[]> {
    const ids: string[] = []
    for (let token: string | undefined; token !== ''; ) {
      const found = await ask(token)
      ids.push(...found.ids)
      token = found.nextToken
    }
    return ids.sort()
  }

  test('finds the subjects, resources and actions that it should, over all pages', async () => {
    const pdp = await point()
    const paged = { limit: 3, asked: {} }
    for (const { request, expected } of cases<{ id: string }>('subject')) {
      const { subject, ...asked } = SubjectSearch.parse(request)
      const found = await all((token) =>
        search(pdp, {
          ...{ ...paged, token },
          candidates: (after, limit) => pdp.subjects(subject.type, after, limit),
          evaluation: (id) => ({ ...asked, subject: { type: subject.type, id } }),
        }),
      )
      expect({ request, found }).toEqual({ request, found: expected.results.map((one) => one.id).sort() })
    }
    for (const { request, expected } of cases<{ id: string }>('resource')) {
      const { resource, ...asked } = ResourceSearch.parse(request)
      const found = await all((token) =>
        search(pdp, {
          ...{ ...paged, token },
          candidates: (after, limit) => pdp.resources(resource.type, after, limit),
          evaluation: (id) => ({ ...asked, resource: { type: resource.type, id } }),
        }),
      )
      expect({ request, found }).toEqual({ request, found: expected.results.map((one) => one.id).sort() })
    }
    for (const { request, expected } of cases<{ name: string }>('action')) {
      const asked = ActionSearch.parse(request)
      const names = await pdp.actions(asked.resource.type)
      const found = await all((token) =>
        search(pdp, {
          ...{ ...paged, token },
          candidates: async (after, limit) => names.filter((name) => name > after).slice(0, limit),
          evaluation: (name) => ({ ...asked, action: { name } }),
        }),
      )
      expect({ request, found }).toEqual({ request, found: expected.results.map((one) => one.name).sort() })
    }
  })
})
