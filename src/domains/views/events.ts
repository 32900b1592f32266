import { z } from 'zod'
import { type AuditEvent, committed, defineEvent, sealed } from '#kernel/ledger'
import type { ChangeView } from './model.ts'

/** A name is what a person wrote, and filters hold words that were looked for: a record commits to both. */
const ViewSaved = defineEvent('view.saved', z.object({ page: z.string(), name: committed, query: committed }), {
  description: 'a user saved the filters of a list page under a name; only that user sees it',
})
const ViewChanged = defineEvent('view.changed', z.object({ name: committed.optional(), query: committed.optional() }), {
  description: 'a user gave a saved view another name or other filters',
})
const ViewRemoved = defineEvent('view.removed', z.object({}), { description: 'a user deleted a saved view' })

export const viewEvents = [ViewSaved, ViewChanged, ViewRemoved]

interface Owned {
  readonly ownerId: string
  readonly id: string
}

/** @param query canonical JSON */
export function viewSaved(
  view: Owned & { readonly page: string; readonly name: string; readonly query: string },
): AuditEvent {
  const data = { page: view.page, name: sealed.text('name', view.name), query: sealed.text('query', view.query) }
  return ViewSaved({ targets: targets(view), data })
}

/** @param changed with `query` as canonical JSON */
export function viewChanged(
  view: Owned,
  { name, query }: Pick<ChangeView, 'name'> & { readonly query?: string | undefined },
): AuditEvent {
  const data = {
    ...(name === undefined ? {} : { name: sealed.text('name', name) }),
    ...(query === undefined ? {} : { query: sealed.text('query', query) }),
  }
  return ViewChanged({ targets: targets(view), data })
}

export function viewRemoved(view: Owned): AuditEvent {
  return ViewRemoved({ targets: targets(view), data: {} })
}

function targets({ ownerId, id }: Owned) {
  return [
    { type: 'user', id: ownerId },
    { type: 'view', id },
  ]
}
