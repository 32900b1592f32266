import type { ScanClass, Severity } from '../model.ts'
import { at, type Doc, listAt, numberAt, objectAt, textAt } from '../reading/json.ts'
import { percentDecoded, repositoryPath } from '../reading/paths.ts'
import type { Reading } from '../reading/reading.ts'
import { redactDeep, redactMembers } from '../reading/redact.ts'
import { removed } from '../reading/secrets.ts'
import { severityOfScore, severityOfWord } from '../reading/severity.ts'
import { classOfTool, isSecretRule } from '../reading/tool-class.ts'
import type { JsonFormat } from './format.ts'

/** OASIS SARIF 2.1.0. Section numbers are those of its specification. */
export const sarif: JsonFormat = {
  name: 'sarif',
  title: 'SARIF 2.1.0',
  about: 'results of static analysis, of most scanners',
  names: /\.sarif(\.json)?$/i,
  kind: 'json',
  recognises: (doc) =>
    Array.isArray(at(doc, 'runs')) &&
    (/sarif/i.test(textAt(doc, '$schema') ?? '') || /^2\.[01]/.test(textAt(doc, 'version') ?? '')),
  redact: (doc) => listAt(doc, 'runs').reduce<number>((sum, run) => sum + redactRun(run), 0),
  read: (doc, reading) => {
    reading.version(textAt(doc, 'version'))
    if (textAt(doc, 'version') !== '2.1.0') reading.problem('`version` is not `2.1.0`')
    const runs = listAt(doc, 'runs')
    if (runs.length === 0) reading.didNotRun()
    for (const run of runs) readRun(run, reading)
  },
}

function readRun(run: unknown, reading: Reading): void {
  const driver = objectAt(run, 'tool', 'driver')
  if (textAt(driver, 'name') === undefined) reading.problem('a run has no `tool.driver.name`')
  reading.tool(textAt(driver, 'name'), textAt(driver, 'semanticVersion') ?? textAt(driver, 'version'))
  for (const invocation of listAt(run, 'invocations')) reading.producedAt(textAt(invocation, 'endTimeUtc'))
  for (const one of listAt(run, 'versionControlProvenance')) reading.commit(textAt(one, 'revisionId'))
  if (!didRun(run)) reading.didNotRun()
  const rules = rulesOf(run)
  const kind = classOfTool(textAt(driver, 'name'))
  if (kind !== 'lint') reading.scan(kind)
  for (const result of listAt(run, 'results')) {
    const rule = rules.of(result)
    if (at(result, 'message') === undefined) reading.problem('a result has no `message`')
    if (isFinding(result)) readResult(run, result, rule, kind, reading)
  }
}

/** A run without `results` has not looked (3.14.23), one whose tool failed has not finished (3.20.14). */
function didRun(run: unknown): boolean {
  if (!Array.isArray(at(run, 'results'))) return false
  return listAt(run, 'invocations').every((one) => at(one, 'executionSuccessful') !== false)
}

/** What was looked at and is in order (3.27.9), and what is gone since the baseline (3.27.24), is no finding. */
function isFinding(result: unknown): boolean {
  const kind = textAt(result, 'kind') ?? 'fail'
  return ['fail', 'open', 'review'].includes(kind) && textAt(result, 'baselineState') !== 'absent'
}

function readResult(
  run: unknown,
  result: unknown,
  rule: Doc | undefined,
  kind: ScanClass | 'lint',
  reading: Reading,
): void {
  const place = objectAt(result, 'locations', 0, 'physicalLocation')
  const about = classOfRule(ruleIdOf(result, rule), rule, kind)
  const message = textOf(result, rule)
  reading.finding({
    ruleId: ruleIdOf(result, rule),
    class: about,
    severity: severityOf(result, rule, about),
    // what a secret scanner says may quote what it found
    title: about === 'secrets' ? titleOf(rule) : (message ?? titleOf(rule)),
    path: pathOf(run, place, reading),
    line: numberAt(place, 'region', 'startLine'),
    suppressed: isSuppressed(result),
    vulnerability: vulnerabilityOf(ruleIdOf(result, rule)),
    mark: markOf(result) ?? message,
  })
}

function ruleIdOf(result: unknown, rule: Doc | undefined): string | undefined {
  return textAt(result, 'ruleId') ?? textAt(result, 'rule', 'id') ?? textAt(rule, 'id')
}

function vulnerabilityOf(ruleId: string | undefined): string | undefined {
  return /\b(CVE-\d{4}-\d{4,10}|GHSA(-[0-9a-z]{4}){3})\b/.exec(ruleId ?? '')?.[0]
}

/** A score of the rule or result, else the level: of the result, of the rule's configuration, else `warning` (3.27.10). */
function severityOf(result: unknown, rule: Doc | undefined, kind: ScanClass): Severity {
  const score = at(result, 'properties', 'security-severity') ?? at(rule, 'properties', 'security-severity')
  const level = textAt(result, 'level') ?? textAt(rule, 'defaultConfiguration', 'level')
  const scored = typeof score === 'string' || typeof score === 'number' ? severityOfScore(score) : undefined
  // scanners of secrets mostly state none; a secret in the open is never a warning
  return scored ?? (level === undefined && kind === 'secrets' ? 'high' : severityOfWord(level ?? 'warning'))
}

/** Suppressed when nobody has still to decide about it, or has decided against it (3.27.23, 3.35.3). */
function isSuppressed(result: unknown): boolean {
  const suppressions = listAt(result, 'suppressions')
  return suppressions.length > 0 && suppressions.every((one) => (textAt(one, 'status') ?? 'accepted') === 'accepted')
}

function classOfRule(ruleId: string | undefined, rule: Doc | undefined, kind: ScanClass | 'lint'): ScanClass {
  const tags = listAt(rule, 'properties', 'tags').map(String)
  if (kind === 'container' && tags.includes('misconfiguration')) return 'iac'
  if (kind === 'container' && tags.includes('license')) return 'license'
  if (kind === 'secrets' || isSecretRule(ruleId, tags)) return 'secrets'
  return kind === 'lint' ? 'sast' : kind
}

function titleOf(rule: Doc | undefined): string | undefined {
  return textAt(rule, 'shortDescription', 'text') ?? textAt(rule, 'name') ?? textAt(rule, 'id')
}

/** The message, or the rule's message that it names by id, with its arguments (3.11). */
function textOf(result: unknown, rule: Doc | undefined): string | undefined {
  const id = textAt(result, 'message', 'id')
  const named = id === undefined ? undefined : textAt(rule, 'messageStrings', id, 'text')
  const text = textAt(result, 'message', 'text') ?? named ?? textAt(result, 'message', 'markdown')
  const values = listAt(result, 'message', 'arguments')
  return text?.slice(0, 2000).replace(/\{(\d{1,2})\}/g, (_, index) => String(values[Number(index)] ?? ''))
}

/** The first of the marks that tools make to know a result again, whatever they are called (3.27.16, 3.27.17). */
function markOf(result: unknown): string | undefined {
  const marks = objectAt(result, 'fingerprints') ?? objectAt(result, 'partialFingerprints')
  const name = Object.keys(marks ?? {}).sort()[0]
  return name === undefined ? undefined : textAt(marks, name)
}

/** An address may be relative to a base that the run states (3.4.4); a base that it does not state is the repository. */
function pathOf(run: unknown, place: Doc | undefined, reading: Reading): string | null {
  const index = numberAt(place, 'artifactLocation', 'index')
  const location = textAt(place, 'artifactLocation', 'uri')
  const uri = location ?? (index === undefined ? undefined : textAt(run, 'artifacts', index, 'location', 'uri'))
  if (uri === undefined) return null
  const bases = Object.keys(objectAt(run, 'originalUriBaseIds') ?? {})
  const known = bases.map((name) => textAt(run, 'originalUriBaseIds', name, 'uri') ?? '').filter(isFolder)
  return repositoryPath(percentDecoded(uri), [...reading.roots, ...known.map(percentDecoded)])
}

/** More than a root of the file system: everything is below that. */
function isFolder(uri: string): boolean {
  return /^file:\/\/\/(?:[A-Za-z]:\/)?[^/]/.test(uri)
}

interface Rules {
  of(result: unknown): Doc | undefined
}

/** The rule of a result: by index into the driver or an extension, else by id, of which `a/b` is a kind of `a` (3.27.5). */
function rulesOf(run: unknown): Rules {
  const components = [at(run, 'tool', 'driver'), ...listAt(run, 'tool', 'extensions')]
  const byId = new Map<string, Doc>()
  for (const component of components)
    for (const rule of listAt(component, 'rules')) {
      const id = textAt(rule, 'id')
      const found = objectAt(rule)
      if (id !== undefined && found !== undefined && !byId.has(id)) byId.set(id, found)
    }
  return {
    of: (result) => {
      const extension = numberAt(result, 'rule', 'toolComponent', 'index')
      const component = extension === undefined ? components[0] : listAt(run, 'tool', 'extensions')[extension]
      const index = numberAt(result, 'rule', 'index') ?? numberAt(result, 'ruleIndex')
      const id = textAt(result, 'ruleId') ?? textAt(result, 'rule', 'id') ?? ''
      const indexed = index === undefined ? undefined : objectAt(component, 'rules', index)
      return indexed ?? byId.get(id) ?? byId.get(id.split('/')[0] ?? '')
    },
  }
}

/** Where scanners of secrets put what they found, and whose commit it was in. */
function redactRun(run: unknown): number {
  const isSecretTool = classOfTool(textAt(run, 'tool', 'driver', 'name')) === 'secrets'
  const rules = rulesOf(run)
  let count = isSecretTool ? redactDeep(at(run, 'artifacts'), ['contents'], {}) : 0
  for (const result of listAt(run, 'results')) {
    const rule = rules.of(result)
    const tags = listAt(rule, 'properties', 'tags').map(String)
    if (isSecretTool || isSecretRule(ruleIdOf(result, rule), tags)) count += redactResult(result, isSecretTool)
  }
  return count
}

/** A message quotes what matched where the rule asks for it; gitleaks puts the committer into the fingerprints. */
function redactResult(result: unknown, isSecretTool: boolean): number {
  const quoted = redactDeep(result, ['snippet', 'contents', 'insertedContent'], { text: removed })
  const told = isSecretTool ? redactMembers(result, ['properties', 'partialFingerprints', 'fingerprints'], {}) : 0
  const message = at(result, 'message')
  return (
    quoted + told + redactMembers(message, ['text', 'markdown'], removed) + redactMembers(message, ['arguments'], [])
  )
}
