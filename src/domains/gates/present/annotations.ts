import type { GateRule, GateRun } from '../gate-run.ts'

/** A gate run as workflow commands, which a forge's pipeline shows beside the lines of the change. */
export function toAnnotations(run: GateRun): string {
  const open = run.rules.filter((rule) => ['fail', 'unknown', 'error'].includes(rule.status))
  return open.flatMap(commands).join('')
}

function commands(rule: GateRule): string[] {
  const level = rule.mode !== 'enforce' ? 'notice' : rule.status === 'unknown' ? 'warning' : 'error'
  const text = [
    rule.message === '' ? rule.unknown.map((one) => `not known: ${one.what}`).join('; ') : rule.message,
    rule.remediation ?? '',
    ...rule.unknown.map((one) => one.howToKnow),
  ]
  const message = data(text.filter((line) => line !== '').join('\n'))
  const places = rule.locations.length === 0 ? [undefined] : rule.locations.slice(0, 10)
  return places.map((place) => {
    const file = place === undefined ? '' : `file=${property(place.path)},`
    const line = place?.line == null ? '' : `line=${place.line},`
    return `::${level} ${file}${line}title=${property(`${rule.id}: ${rule.title}`)}::${message}\n`
  })
}

/** Escapes of the workflow commands: a line break would begin a command of the repository's choosing. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
