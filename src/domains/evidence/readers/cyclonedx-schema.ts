import { at } from '../reading/json.ts'

/** Longest list that is compared item by item with the schema, which asks that all are different: that takes the square of it. */
const listMax = 2000
const versions = ['1.4', '1.5', '1.6', '1.7'] as const

/**
 * What the schema of CycloneDX finds wrong; undefined where it was not asked: for another version, or where asking would take
 * too long. The schemas come with the library that OWASP publishes and are loaded when they are first needed.
 */
export async function cyclonedxProblems(doc: unknown, version: string | undefined): Promise<string[] | undefined> {
  const known = versions.find((one) => one === version)
  if (known === undefined) return ['`specVersion` is not 1.4, 1.5, 1.6 or 1.7']
  if (hasLongList(doc)) return undefined
  const { Validation, Spec } = await import('@cyclonedx/cyclonedx-library')
  const named = {
    '1.4': Spec.Version.v1dot4,
    '1.5': Spec.Version.v1dot5,
    '1.6': Spec.Version.v1dot6,
    '1.7': Spec.Version.v1dot7,
  }
  const validator = new Validation.JsonStrictValidator(named[known])
  const found: unknown = await validator.validate(JSON.stringify(doc))
  if (found === null) return []
  const first = Array.isArray(found) ? found.slice(0, 5) : [found]
  return first.map(
    (one) => `\`${String(at(one, 'instancePath') ?? '')}\` ${String(at(one, 'message') ?? 'is not valid')}`,
  )
}

function hasLongList(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value) && value.length > listMax) return true
  return Object.values(value).some(hasLongList)
}
