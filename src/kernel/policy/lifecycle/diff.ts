import { z } from 'zod'
import type { Pack } from '../pack/pack.ts'
import type { ParamDefinition } from '../pack/params.ts'
import type { Rule } from '../pack/rule.ts'
import { Weakening } from './model.ts'
import { staticWeakenings } from './weakening.ts'

const Change = z.object({ what: z.string(), before: z.string(), after: z.string() })

/** What is different between two packs, rule by rule. */
export const PackDiff = z
  .object({
    /** Versions of the two; null where there is nothing to compare with. */
    before: z.string().nullable(),
    after: z.string(),
    added: z.array(z.string()),
    removed: z.array(z.string()),
    changed: z.array(z.object({ rule: z.string(), changes: z.array(Change) })),
    params: z.array(z.object({ name: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
    variables: z.array(z.object({ name: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
    /** As far as the texts show it. */
    weakenings: z.array(Weakening),
  })
  .meta({ id: 'PolicyDiff' })
export type PackDiff = z.infer<typeof PackDiff>

export function diffPacks(before: Pack | undefined, after: Pack): PackDiff {
  const old = new Map((before?.rules ?? []).map((rule) => [rule.id, rule]))
  const ids = new Set(after.rules.map((rule) => rule.id))
  return {
    before: before?.version ?? null,
    after: after.version,
    added: after.rules.filter((rule) => !old.has(rule.id)).map((rule) => rule.id),
    removed: [...old.keys()].filter((id) => !ids.has(id)),
    changed: after.rules.flatMap((rule) => {
      const was = old.get(rule.id)
      const changes = was === undefined ? [] : changesOf(was, rule)
      return changes.length === 0 ? [] : [{ rule: rule.id, changes }]
    }),
    params: paired(paramTexts(before), paramTexts(after)),
    variables: paired(variableTexts(before), variableTexts(after)),
    weakenings: staticWeakenings(after, before),
  }
}

function changesOf(was: Rule, now: Rule): z.infer<typeof Change>[] {
  const [before, after] = [membersOf(was), membersOf(now)]
  return Object.keys(before).flatMap((what) => {
    const [one, other] = [before[what] ?? '', after[what] ?? '']
    return one === other ? [] : [{ what, before: one, after: other }]
  })
}

function membersOf(rule: Rule): Readonly<Record<string, string>> {
  return {
    title: rule.title,
    clause: rule.clause ?? '',
    controls: rule.controls.join(', '),
    severity: rule.severity,
    owner: rule.owner,
    mode: rule.mode,
    exception: rule.exception,
    when: rule.when?.text.trim() ?? '',
    require: rule.require.text.trim(),
    message: rule.message.text.trim(),
    remediation: rule.remediation ?? '',
    fix: rule.fix?.text.trim() ?? '',
    locations: rule.locations?.text.trim() ?? '',
  }
}

function paramTexts(pack: Pack | undefined): Map<string, string> {
  return new Map([...(pack?.params ?? [])].map(([name, one]) => [name, paramText(one)]))
}

function paramText({ type, fallback, min, max, oneOf }: ParamDefinition): string {
  const bounds = [
    ...(min === undefined ? [] : [`min ${min}`]),
    ...(max === undefined ? [] : [`max ${max}`]),
    ...(oneOf === undefined ? [] : [`one of ${oneOf.join(', ')}`]),
  ]
  return [`${type} ${JSON.stringify(fallback)}`, ...bounds].join(', ')
}

function variableTexts(pack: Pack | undefined): Map<string, string> {
  return new Map((pack?.variables ?? []).map(([name, one]) => [name, one.text.trim()]))
}

/** Those that differ, by name. */
function paired(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>) {
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => ({ name, before: before.get(name) ?? null, after: after.get(name) ?? null }))
}
