import type { Json } from '#platform/canonical-json.ts'

type Members = { readonly [name: string]: Json }
type Stated = { readonly [name: string]: string | number | boolean }

/** What a gateway says of the environment, as far as the policies about the action have a place for it. */
export function statedContext(schema: string, action: string, context: Members = {}): Stated {
  const declared = schema.split('\n').find((line) => line.includes(`action "${action}"`))
  const type = /context: (\w+)/.exec(declared ?? '')?.[1] ?? ''
  return kept(membersOf(schema, `type ${type} =`), context)
}

/** The same of a thing. It counts where the thing is kept elsewhere: what can be looked up here is. */
export function statedAttrs(schema: string, type: string, properties: Members = {}): Stated {
  return kept(membersOf(schema, `entity ${type} =`), properties)
}

/** Names in the declarations of ours, which are a line each. */
function membersOf(schema: string, start: string): string[] {
  const line = schema.split('\n').find((one) => one.trimStart().startsWith(start)) ?? ''
  return [...line.slice(line.indexOf('=')).matchAll(/[{,]\s*(\w+)\??:/g)].map((one) => one[1] ?? '')
}

/** The time is never theirs to say. What is neither text, number nor truth has no place. */
function kept(names: readonly string[], members: Members): Stated {
  const found = names
    .filter((name) => name !== 'now' && Object.hasOwn(members, name))
    .map((name) => [name, members[name]] as const)
  return Object.fromEntries(
    found.filter((one): one is [string, string | number | boolean] =>
      ['string', 'boolean', 'number'].includes(typeof one[1]),
    ),
  )
}
