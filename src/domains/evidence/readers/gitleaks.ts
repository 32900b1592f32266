import { at, listAt, numberAt, textAt } from '../reading/json.ts'
import { repositoryPath } from '../reading/paths.ts'
import type { Reading } from '../reading/reading.ts'
import { redactMembers } from '../reading/redact.ts'
import { removed } from '../reading/secrets.ts'
import type { JsonFormat } from './format.ts'

/**
 * What gitleaks writes with `--report-format json`: a list, in which every entry holds the secret itself and who committed it.
 * `Commit` is where the secret came in, not what was scanned.
 */
export const gitleaks: JsonFormat = {
  name: 'gitleaks',
  title: 'gitleaks JSON',
  about: 'secrets in files and history, of gitleaks 8',
  names: /(^|[^a-z])(gitleaks|leaks).*\.json$/i,
  kind: 'json',
  recognises: (doc) =>
    Array.isArray(doc) && textAt(doc[0], 'RuleID') !== undefined && at(doc[0], 'Secret') !== undefined,
  redact: (doc) => {
    const secrets = new Map<unknown, string>()
    return listAt(doc).reduce<number>((sum, one) => sum + redactEntry(one, secrets), 0)
  },
  read: (doc, reading) => {
    reading.tool('gitleaks')
    reading.scan('secrets')
    // an older gitleaks writes `null` for nothing
    if (doc !== null && !Array.isArray(doc)) {
      reading.problem('it is not a list')
      reading.didNotRun()
    }
    const seen = new Set<string>()
    for (const one of listAt(doc)) readEntry(one, seen, reading)
  },
}

/** A scan of the history tells of a secret once for each commit that has it: that is one finding. */
function readEntry(one: unknown, seen: Set<string>, reading: Reading): void {
  const [ruleId, path, secret] = [textAt(one, 'RuleID'), textAt(one, 'File'), textAt(one, 'Secret')]
  if (ruleId === undefined || path === undefined) reading.problem('an entry has no `RuleID` or no `File`')
  const key = JSON.stringify([ruleId, path, numberAt(one, 'StartLine'), secret])
  reading.count(1)
  if (seen.has(key)) return
  seen.add(key)
  reading.finding({
    ruleId,
    class: 'secrets',
    severity: 'high',
    title: textAt(one, 'Description'),
    path: repositoryPath(path, reading.roots),
    line: numberAt(one, 'StartLine'),
    mark: '',
  })
}

/** Equal secrets stay recognisable as equal, within this report and by nothing else. */
function redactEntry(one: unknown, secrets: Map<unknown, string>): number {
  const secret = at(one, 'Secret')
  const name = secrets.get(secret) ?? `[removed ${secrets.size + 1}]`
  secrets.set(secret, name)
  return (
    redactMembers(one, ['Secret'], name) +
    redactMembers(one, ['Match', 'Line', 'Author', 'Email', 'Message', 'Link'], removed)
  )
}
