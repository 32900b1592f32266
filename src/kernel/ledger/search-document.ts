import type { AuditRecord } from './core/index.ts'

/** What the index keeps of a record: exact filters and words. */
export interface SearchDocument {
  readonly tags: readonly string[]
  readonly words: string
}

const tagsMax = 256
const tagLengthMax = 200

export function searchDocument(record: AuditRecord): SearchDocument {
  const words = [record.type, record.operation, ...record.type.split('.'), ...record.targets.map((one) => one.id)]
  const tags = [
    tag('org', record.organizationId),
    tag('type', record.type),
    tag('operation', record.operation),
    tag('actor', record.actor.id),
    tag('kind', record.actor.kind),
    tag('correlation', record.correlationId),
    ...record.targets.map((one) => tag('target', `${one.type}:${one.id}`)),
    ...record.refs.map((one) => tag('ref', one)),
  ]
  if (record.actor.onBehalfOf !== null) tags.push(tag('behalf', record.actor.onBehalfOf))
  if (record.compliance !== null)
    tags.push(tag('decision', record.compliance.decision), tag('policy', record.compliance.policy))
  if (record.tool !== null) {
    tags.push(tag('tool', record.tool.name))
    words.push(record.tool.name, record.tool.model ?? '')
    if (record.tool.model !== null) tags.push(tag('model', record.tool.model))
  }
  for (const [path, value] of scalars(record.data, '')) {
    if (isCommitment(value)) continue
    tags.push(tag(`data${path}`, String(value)))
    if (typeof value === 'string') words.push(value)
  }
  // PostgreSQL takes no NUL in text
  const clean = (text: string) => (text.includes('\0') ? text.replaceAll('\0', ' ') : text)
  return { tags: [...new Set(tags)].slice(0, tagsMax).map(clean), words: clean(words.join('\n')) }
}

/** One exact filter. Long values are cut, alike when indexed and when asked for. */
export function tag(name: string, value: string): string {
  return `${name}=${value}`.slice(0, tagLengthMax)
}

function* scalars(value: unknown, path: string): Generator<[string, string | number | boolean | null]> {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    yield [path, value]
  else if (Array.isArray(value)) for (const item of value) yield* scalars(item, path)
  else if (typeof value === 'object')
    for (const [name, member] of Object.entries(value)) yield* scalars(member, `${path}.${name}`)
}

function isCommitment(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('hmac-sha256:')
}
