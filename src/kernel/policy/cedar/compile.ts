import {
  checkParseSchema,
  type DetailedError,
  getValidRequestEnvsPolicy,
  policySetTextToParts,
  policyToJson,
  validate,
} from '@cedar-policy/cedar-wasm/nodejs'
import type { Diagnostic } from '../model.ts'
import { hasErrors, openSource, type Source } from '../pack/source.ts'
import { whyTooDeep } from './lex.ts'
import { withPartsOf } from './parts.ts'
import { whyWrongReason } from './placeholders.ts'
import type { CedarPolicies, CedarPolicy } from './policies.ts'

export interface CedarInput {
  readonly text: string
  readonly source: string
  readonly schema: string
  /** Splits permits into their conditions, for whoever is told what is missing. */
  readonly withParts?: boolean
}

export interface CompiledCedar {
  readonly policies?: CedarPolicies
  readonly diagnostics: Diagnostic[]
}

const policiesMax = 500
const idForm = /^[a-z0-9][a-z0-9._-]{0,127}$/
const severities = ['critical', 'high', 'medium', 'low']

/**
 * Parses and strictly validates Cedar policies. Call it in a thread that may be thrown away: hostile text can break the
 * WebAssembly instance for good.
 */
export function compileCedarHere({ text, source: name, schema, withParts = false }: CedarInput): CompiledCedar {
  const source = openSource(name, text)
  const schemaSource = openSource(`${name} (schema)`, schema)
  const read = checkSchema(schemaSource) ? readPolicies(source, schema) : undefined
  const policies = read === undefined || !withParts ? read : { ...read, policies: read.policies.map(withPartsOf) }
  const diagnostics = [...schemaSource.diagnostics, ...source.diagnostics]
  return policies === undefined || hasErrors(source) ? { diagnostics } : { policies, diagnostics }
}

function checkSchema(source: Source): boolean {
  const deep = whyTooDeep(source.text)
  if (deep !== undefined) {
    source.report(0, `the schema cannot be read: ${deep}`)
    return false
  }
  const answer = checkParseSchema(source.text)
  if (answer.type === 'success') return true
  for (const error of answer.errors) report(source, error, 0, source.text)
  return false
}

function readPolicies(source: Source, schema: string): CedarPolicies | undefined {
  const deep = whyTooDeep(source.text)
  if (deep !== undefined) {
    source.report(0, `the policies cannot be read: ${deep}`)
    return undefined
  }
  const parts = policySetTextToParts(source.text)
  if (parts.type === 'failure') {
    for (const error of parts.errors) report(source, error, 0, source.text)
    return undefined
  }
  for (const template of parts.policy_templates)
    source.report(source.text.indexOf(template), 'a template is not taken here: write the policy out')
  if (parts.policies.length > policiesMax) source.report(0, `there are more than ${policiesMax} policies`)
  const drafts = parts.policies
    .map((text) => ({ text, offset: source.text.indexOf(text) }))
    .sort((a, b) => a.offset - b.offset)
    .flatMap((one) => readPolicy(source, one.text, one.offset))
  reportRepeated(source, drafts)
  if (drafts.length === 0 && !hasErrors(source)) source.report(0, 'there is no policy')
  if (hasErrors(source)) return undefined
  validateAll(source, drafts, schema)
  if (hasErrors(source)) return undefined
  return {
    schema,
    policies: drafts.map(({ offset: _, ...policy }) => ({ ...policy, actions: actionsOf(policy.text, schema) })),
  }
}

type Draft = Omit<CedarPolicy, 'actions'> & { readonly offset: number }

function readPolicy(source: Source, text: string, offset: number): Draft[] {
  const answer = policyToJson(text)
  if (answer.type === 'failure') {
    for (const error of answer.errors) report(source, error, offset, text)
    return []
  }
  const { effect, annotations = {} } = answer.json
  checkAnnotations(source, effect, annotations, offset)
  const { id = '', title = '', reason = '', severity = null } = annotations
  return [{ id, effect, title, reason, severity, text, offset }]
}

function checkAnnotations(
  source: Source,
  effect: 'permit' | 'forbid',
  annotations: Readonly<Record<string, string>>,
  offset: number,
): void {
  const required = effect === 'forbid' ? ['id', 'title', 'reason', 'severity'] : ['id', 'title']
  for (const name of required.filter((one) => (annotations[one] ?? '') === ''))
    source.report(offset, `this ${effect} lacks @${name}`, helpFor(name))
  const { id = '', reason = '', severity = 'low' } = annotations
  if (id !== '' && !idForm.test(id))
    source.report(offset, `\`${id}\` is no @id: small letters, digits, dots and dashes`)
  if (!severities.includes(severity)) source.report(offset, `@severity is one of ${severities.join(', ')}`)
  const wrong = whyWrongReason(reason)
  if (wrong !== undefined) source.report(offset, `@reason: ${wrong}`)
}

function helpFor(name: string): { readonly help?: string } {
  return name === 'id' ? { help: 'a decision names the policies that determined it by their @id' } : {}
}

function reportRepeated(source: Source, drafts: readonly Draft[]): void {
  const ids = drafts.map((one) => one.id)
  for (const [i, { id, offset }] of drafts.entries()) {
    if (id !== '' && ids.indexOf(id) !== i) source.report(offset, `there are two policies \`${id}\``)
  }
}

/** Cedar 4.13 only warns of a policy that can never apply; one that nobody can meet is a mistake all the same. */
const fatalWarnings = ['policy is impossible', 'unable to find an applicable action']

function validateAll(source: Source, drafts: readonly Draft[], schema: string): void {
  const staticPolicies = Object.fromEntries(drafts.map((one) => [one.id, one.text]))
  const answer = validate({ validationSettings: { mode: 'strict' }, schema, policies: { staticPolicies } })
  if (answer.type === 'failure') {
    for (const error of answer.errors) report(source, error, 0, source.text)
    return
  }
  const draftOf = (id: string) => drafts.find((one) => one.id === id)
  for (const { policyId, error } of answer.validationErrors)
    report(source, error, draftOf(policyId)?.offset ?? 0, draftOf(policyId)?.text ?? '')
  for (const { policyId, error } of answer.validationWarnings) {
    const severity = fatalWarnings.some((one) => error.message.includes(one)) ? undefined : ('warning' as const)
    report(source, error, draftOf(policyId)?.offset ?? 0, draftOf(policyId)?.text ?? '', severity)
  }
}

function actionsOf(text: string, schema: string): string[] {
  const answer = getValidRequestEnvsPolicy(text, schema)
  return answer.type === 'success' ? [...answer.actions].sort() : []
}

/** Cedar counts bytes of UTF-8 within the policy; a document is told by characters. */
function report(source: Source, error: DetailedError, offset: number, text: string, severity?: 'warning'): void {
  const bytes = error.sourceLocations?.[0]?.start ?? 0
  const characters = Buffer.from(text).subarray(0, bytes).toString().length
  const label = error.sourceLocations?.[0]?.label
  const help = error.help ?? label
  source.report(offset + characters, error.message, {
    ...(help === null || help === undefined ? {} : { help }),
    ...(severity === undefined ? {} : { severity }),
  })
}
