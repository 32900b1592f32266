import { PolicySettingInvalid } from '../errors.ts'
import { type Direction, isAsStrict, isLower, strictSide } from '../lifecycle/strictness.ts'
import type { Mode } from '../model.ts'
import type { Pack } from '../pack/pack.ts'
import { type ParamDefinition, type ParamValue, whyNotParam } from '../pack/params.ts'
import { type Difference, differencesOf, valueText } from './differences.ts'
import { PolicySettingLooser, PolicySettingNotComparable } from './errors.ts'
import { boundOfMode, boundOfParam, type Floors, organizationScope, type SetBy } from './floors.ts'
import type { PolicySettingsBody } from './model.ts'

export const sideWords: Readonly<Record<Direction, string>> = {
  lower: 'lower is stricter',
  higher: 'higher is stricter',
  fewer: 'fewer are stricter, and none that is not in force already',
  more: 'more are stricter, and none that is in force is left out',
}

interface Above {
  readonly packs: readonly Pack[]
  readonly floors: Floors
}

/**
 * Refuses what is looser than the packs and the levels above. What stays as it was is not asked again: a pack that became stricter
 * since holds by itself.
 *
 * @throws policy_setting_invalid, policy_setting_looser, policy_setting_not_comparable
 */
export function refuseLooser(above: Above, before: PolicySettingsBody, next: PolicySettingsBody): void {
  for (const { kind, setting, after } of differencesOf(before, next)) {
    if (after === null || kind === 'repositories') continue
    if (kind === 'mode') refuseLooserMode(above, setting, after as Mode)
    else refuseLooserValue(above, setting, after)
  }
}

function refuseLooserMode({ packs, floors }: Above, setting: string, mode: Mode): void {
  const rule = packs.flatMap((pack) => pack.rules).find((one) => one.id === setting)
  if (rule === undefined) throw PolicySettingInvalid({ setting, reason: 'there is no such rule' })
  const { value, by } = boundOfMode(rule, floors)
  if (!isLower(mode, value)) return
  const why = 'the order is off, audit, warn, enforce'
  throw PolicySettingLooser({ setting, asked: mode, inForce: value, by: byWords(by), why })
}

function refuseLooserValue({ packs, floors }: Above, setting: string, value: ParamValue): void {
  const [packId = '', name = ''] = setting.split('.')
  const pack = packs.find((one) => one.id === packId)
  if (pack === undefined) throw PolicySettingInvalid({ setting, reason: 'there is no such pack' })
  const definition = pack.params.get(name)
  const reason = definition === undefined ? 'the pack has no such parameter' : whyNotParam(definition, value)
  if (definition === undefined || reason !== undefined)
    throw PolicySettingInvalid({ setting, reason: reason ?? 'it does not fit' })
  const side = strictSide(definition)
  if (side === undefined) throw PolicySettingNotComparable({ setting, inForce: valueText(definition.fallback) })
  const bound = boundOfParam(pack, definition, floors)
  if (isAsStrict(side, value, bound.value)) return
  const [asked, inForce] = [valueText(value), valueText(bound.value)]
  throw PolicySettingLooser({ setting, asked, inForce, by: byWords(bound.by), why: sideWords[side] })
}

function byWords(by: SetBy | undefined): string {
  if (by === undefined) return 'the pack'
  return by.scope === organizationScope ? 'the organization' : `team ${by.teamName ?? by.scope}`
}

/** In what one body is looser than another: in words, with the setting's name first. */
export function looseningsOf(packs: readonly Pack[], before: PolicySettingsBody, after: PolicySettingsBody): string[] {
  return differencesOf(before, after)
    .filter((one) => isLoosened(packs, one))
    .map(
      ({ setting, before: was, after: is }) =>
        `${setting}: ${valueText(was)} → ${is === null ? 'not set' : valueText(is)}`,
    )
}

function isLoosened(packs: readonly Pack[], { kind, setting, before, after }: Difference): boolean {
  if (before === null) return false
  if (after === null) return true
  if (kind === 'mode') return isLower(after as Mode, before as Mode)
  const [packId = '', name = ''] = setting.split('.')
  const definition = packs.find((pack) => pack.id === packId)?.params.get(name)
  // what is gone may come back
  return definition === undefined || isLooserValue(definition, before, after)
}

function isLooserValue(definition: ParamDefinition, before: ParamValue, after: ParamValue): boolean {
  const side = strictSide(definition)
  const fits = whyNotParam(definition, before) === undefined && whyNotParam(definition, after) === undefined
  return side === undefined || !fits || !isAsStrict(side, after, before)
}
