import { at, listAt, numberAt, textAt } from '../reading/json.ts'
import { repositoryPath } from '../reading/paths.ts'
import type { Reading } from '../reading/reading.ts'
import { redactDeep, redactMembers } from '../reading/redact.ts'
import { removed } from '../reading/secrets.ts'
import { severityOfWord } from '../reading/severity.ts'
import { isSecretRule } from '../reading/tool-class.ts'
import type { JsonFormat } from './format.ts'

/** `semgrep --json` (and Opengrep). */
export const semgrep: JsonFormat = {
  name: 'semgrep',
  title: 'Semgrep JSON',
  about: 'results of static analysis, of Semgrep and Opengrep',
  names: /(semgrep|opengrep).*\.json$/i,
  kind: 'json',
  recognises: (doc) =>
    Array.isArray(at(doc, 'results')) &&
    (Array.isArray(at(doc, 'errors')) || textAt(doc, 'results', 0, 'check_id') !== undefined),
  redact: (doc) => listAt(doc, 'results').reduce<number>((sum, one) => sum + redactResult(one), 0),
  read: (doc, reading) => {
    reading.tool('semgrep', textAt(doc, 'version'))
    reading.scan('sast')
    if (!Array.isArray(at(doc, 'results'))) {
      reading.problem('`results` is missing')
      reading.didNotRun()
    }
    const scanned = at(doc, 'paths', 'scanned')
    if (Array.isArray(scanned) && scanned.length === 0) reading.didNotRun()
    // what it could not parse is a warning; an error is that a rule or the whole run failed
    if (listAt(doc, 'errors').some((one) => textAt(one, 'level') === 'error')) reading.didNotRun()
    for (const one of listAt(doc, 'results')) readResult(one, reading)
  },
}

function readResult(one: unknown, reading: Reading): void {
  const ruleId = textAt(one, 'check_id')
  if (ruleId === undefined || textAt(one, 'path') === undefined)
    reading.problem('a result has no `check_id` or no `path`')
  const isSecret = findsSecrets(one)
  reading.finding({
    ruleId,
    class: isSecret ? 'secrets' : 'sast',
    severity: severityOfWord(textAt(one, 'extra', 'severity')),
    // a message may have what matched put into it
    title: isSecret ? ruleId : textAt(one, 'extra', 'message'),
    path: repositoryPath(textAt(one, 'path'), reading.roots),
    line: numberAt(one, 'start', 'line'),
    suppressed: at(one, 'extra', 'is_ignored') === true,
    mark: markOf(one),
  })
}

/** `requires login` stands where the free version does not tell. */
function markOf(one: unknown): string | undefined {
  const mark = textAt(one, 'extra', 'fingerprint')
  return mark !== undefined && /^[0-9a-f]{32,}/.test(mark) ? mark : undefined
}

function findsSecrets(one: unknown): boolean {
  const metadata = at(one, 'extra', 'metadata')
  const words = [at(metadata, 'cwe'), at(metadata, 'category'), at(metadata, 'technology')].flat().map(String)
  return isSecretRule(textAt(one, 'check_id'), words)
}

function redactResult(one: unknown): number {
  if (!findsSecrets(one)) return 0
  const extra = at(one, 'extra')
  return (
    redactMembers(extra, ['lines', 'fix', 'rendered_fix', 'message'], removed) +
    redactMembers(extra, ['metavars', 'dataflow_trace', 'fixed_lines'], {}) +
    redactDeep(at(extra, 'validation_state'), ['message'], removed)
  )
}
