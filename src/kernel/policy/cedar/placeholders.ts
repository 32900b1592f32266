import type { Json } from '#platform/canonical-json.ts'
import { isObject } from '../facts/validate.ts'
import type { EntityRef, Question } from '../model.ts'

const placeholder = /\{\{([^{}|]{1,200})(?:\|([a-z]{1,20}))?\}\}/g
const roots = ['principal', 'action', 'resource', 'context']
const shownCharactersMax = 200

/** What is wrong with the placeholders of a reason; undefined when nothing is. */
export function whyWrongReason(reason: string): string | undefined {
  for (const [, path = '', format] of reason.matchAll(placeholder)) {
    const root = path.trim().split('.')[0] ?? ''
    if (!roots.includes(root)) return `\`{{${path}}}\` begins with none of ${roots.join(', ')}`
    if (format !== undefined && format !== 'bps') return `there is no format \`${format}\``
  }
  return undefined
}

/** Cedar builds no text, so facts of the request are put into a reason here. What is not there shows as `?`. */
export function fillReason(reason: string, request: Question['request']): string {
  return reason.replace(placeholder, (_, path: string, format?: string) => {
    const value = valueAt(path.trim().split('.'), request)
    return show(value, format)
      .slice(0, shownCharactersMax)
      .replace(/\p{Surrogate}/gu, '\ufffd')
  })
}

function valueAt([root = '', ...names]: readonly string[], request: Question['request']): Json | undefined {
  let value: Json | undefined = rootOf(root, request)
  for (const name of names) {
    if (!isObject(value)) return undefined
    const entity = referred(value, request)
    value = entity === undefined ? own(value, name) : (own(entity, name) ?? (name === 'id' ? value['id'] : undefined))
  }
  return value
}

function rootOf(root: string, { principal, action, resource, context }: Question['request']): Json | undefined {
  const known: Readonly<Record<string, Json>> = {
    principal: { ...principal },
    action,
    resource: { ...resource },
    context,
  }
  return own(known, root)
}

/** The attributes of the entity that a value stands for; undefined when it stands for none. */
function referred(value: { readonly [name: string]: Json }, { entities }: Question['request']) {
  const reference = isObject(value['__entity']) ? value['__entity'] : value
  const isThis = (uid: EntityRef) => uid.type === reference['type'] && uid.id === reference['id']
  return entities.find((one) => isThis(one.uid))?.attrs
}

function own(value: { readonly [name: string]: Json }, name: string): Json | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined
}

function show(value: Json | undefined, format: string | undefined): string {
  if (value === undefined || value === null) return '?'
  if (format === 'bps' && typeof value === 'number') return `${(value / 100).toFixed(2)}%`
  if (Array.isArray(value)) return value.map((one) => show(one, undefined)).join(', ')
  if (!isObject(value)) return String(value)
  const reference = isObject(value['__entity']) ? value['__entity'] : value
  return typeof reference['id'] === 'string' ? reference['id'] : '?'
}
