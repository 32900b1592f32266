import type { GateRule, GateRun } from '../gate-run.ts'

/** A gate run as JUnit XML: a suite for each category, a case for each rule. Unknown is an error, never a skip. */
export function toJunit(run: GateRun): string {
  const categories = [...new Set(run.rules.map((rule) => rule.category))]
  const suites = categories.map((category) =>
    suite(
      category,
      run.rules.filter((rule) => rule.category === category),
    ),
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="countersign merge gate">\n${suites.join('')}</testsuites>\n`
}

function suite(category: string, rules: readonly GateRule[]): string {
  const count = (...statuses: GateRule['status'][]) => rules.filter((rule) => statuses.includes(rule.status)).length
  const totals = `tests="${rules.length}" failures="${count('fail')}" errors="${count('unknown', 'error')}" skipped="${count('not_applicable')}"`
  return `  <testsuite name="${escapeXml(category)}" ${totals}>\n${rules.map(testCase).join('')}  </testsuite>\n`
}

function testCase(rule: GateRule): string {
  const open = `    <testcase classname="countersign.${escapeXml(rule.category)}" name="${escapeXml(`${rule.id}: ${rule.title}`)}"`
  const body = outcome(rule)
  return body === '' ? `${open}/>\n` : `${open}>${body}</testcase>\n`
}

function outcome(rule: GateRule): string {
  const how = [rule.remediation ?? '', rule.fix ?? '', ...rule.unknown.map((one) => one.howToKnow)].filter(
    (text) => text !== '',
  )
  const said = rule.message === '' ? rule.unknown.map((one) => `not known: ${one.what}`).join('; ') : rule.message
  const element = { fail: 'failure', unknown: 'error', error: 'error' }[rule.status as string]
  if (element !== undefined)
    return `<${element} type="${rule.status}" message="${escapeXml(said)}">${escapeXml(how.join('\n'))}</${element}>`
  if (rule.status === 'not_applicable') return '<skipped message="does not apply"/>'
  return rule.status === 'excepted' ? `<system-out>${escapeXml(`excepted: ${said}`)}</system-out>` : ''
}

/** XML 1.0 has no way to write most control characters. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
