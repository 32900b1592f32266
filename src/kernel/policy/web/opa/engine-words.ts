import type { Item } from '#console'

export type Engine = Item<'GET /v1/policy-engines'>
export type Bundle = Item<'GET /v1/policy-bundles'>

/** What the live stream tells of engines and of bundles. */
export const opaKinds = ['policy-engine', 'policy-bundle'] as const

export const modes = [
  ['off', 'off: it is not asked'],
  ['audit', 'audit: what it says is recorded, and holds nothing back'],
  ['warn', 'warn: what it says is told, and holds nothing back'],
  ['enforce', 'enforce: what it denies is denied, and so is what it does not answer'],
] as const satisfies readonly (readonly [Engine['mode'], string])[]

export const categories = ['security', 'quality', 'compliance'] as const satisfies readonly Engine['category'][]

export const owners = [
  ['author', 'who wrote the change'],
  ['reviewer', 'who reviews it'],
  ['security', 'security'],
  ['platform', 'the platform team'],
  ['legal', 'legal'],
] as const satisfies readonly (readonly [Engine['owner'], string])[]

export const gates = [
  ['merge', 'merge'],
  ['deploy', 'deploy'],
] as const satisfies readonly (readonly [Engine['gate'], string])[]

/** The one of these that a field of the page holds; the first where it holds another. */
export function chosen<const T extends readonly [string, ...string[]]>(all: T, text: string): T[number] {
  return all.find((one) => one === text) ?? all[0]
}

/** What somebody would look for among bundles: the name its author gave it, or the beginning of its digest. */
export function bundleName({ revision, digest }: Pick<Bundle, 'revision' | 'digest'>): string {
  return revision === '' ? digest.slice(0, 'sha256:'.length + 12) : revision
}
